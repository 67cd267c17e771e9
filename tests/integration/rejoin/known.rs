//! Rules 1 to 3: a connection that this node knows.

use hub_core::testing::Transport;

use super::{ann_in, hears, kit, say, shown};
use crate::{Tested, hubs::Chat};

const NOTHING: [&str; 0] = [];

#[tokio::test(start_paused = true)]
async fn rule_1_its_own_membership_is_newer_than_any_token() -> Tested {
    for transport in [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling] {
        let kit = kit();
        let ann = ann_in(&kit, &["a"]).await;
        let old = ann.groups_token();
        ann.invoke("join", ("b",)).await?;
        ann.invoke("leave", ("a",)).await?;
        ann.until_groups_tokens(3).await;
        ann.drop_transport();
        ann.set_transport(transport);
        ann.set_groups_token(old);
        ann.reconnect().await?;
        assert_eq!(hears(&kit, &ann, &["a", "b"]).await, ["b"], "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_1_no_token_again_if_the_client_has_the_newest() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    ann.drop_transport();
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"]);
    assert_eq!(ann.groups_tokens_received(), 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_1_the_token_again_if_it_is_older_than_the_membership() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    ann.drop_transport();
    kit.hubs().hub::<Chat>().groups().add(ann.id(), "b").await?;
    ann.reconnect().await?;
    ann.until_groups_tokens(2).await;
    assert_eq!(hears(&kit, &ann, &["a", "b"]).await, ["a", "b"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_1_the_token_again_if_the_cursor_lies_before_the_last_one() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    let before = ann.cursor();
    ann.invoke("join", ("b",)).await?;
    ann.until_groups_tokens(2).await;
    ann.drop_transport();
    ann.set_cursor(before);
    ann.reconnect().await?;
    ann.until_groups_tokens(3).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_2_a_bad_token_sees_no_groups_and_gets_no_token() -> Tested {
    for transport in [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling] {
        let kit = kit();
        let ann = ann_in(&kit, &["a"]).await;
        ann.drop_transport();
        say(&kit, "a", "missed");
        ann.set_transport(transport);
        ann.set_groups_token(Some("forged".to_owned()));
        ann.reconnect().await?;
        assert_eq!(hears(&kit, &ann, &["a"]).await, NOTHING, "{transport:?}");
        ann.invoke("tellAll", ("to all",)).await?;
        assert_eq!(shown(&ann).await, ["to all"], "{transport:?}");
        assert_eq!(ann.groups_tokens_received(), 1, "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_2_a_bad_token_is_no_removal_and_the_next_valid_one_ends_it() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    let good = ann.groups_token();
    ann.drop_transport();
    ann.set_groups_token(Some("forged".to_owned()));
    ann.reconnect().await?;
    assert_eq!(kit.members::<Chat>("a"), [ann.id()]);
    ann.drop_transport();
    ann.set_groups_token(good);
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_2_no_token_though_one_had_reached_it_is_a_bad_one() -> Tested {
    for transport in [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling] {
        let kit = kit();
        let ann = ann_in(&kit, &["a"]).await;
        ann.drop_transport();
        ann.set_transport(transport);
        ann.set_groups_token(None);
        ann.reconnect().await?;
        assert_eq!(hears(&kit, &ann, &["a"]).await, NOTHING, "{transport:?}");
        assert_eq!(ann.groups_tokens_received(), 1, "{transport:?}");
        assert_eq!(kit.members::<Chat>("a"), [ann.id()], "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_2_an_add_meanwhile_makes_what_it_sees_the_membership() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    let old = ann.groups_token();
    ann.drop_transport();
    ann.set_groups_token(Some("forged".to_owned()));
    ann.reconnect().await?;
    ann.invoke("join", ("b",)).await?;
    ann.until_groups_tokens(2).await;
    assert_eq!(hears(&kit, &ann, &["a", "b"]).await, ["b"]);
    assert!(kit.members::<Chat>("a").is_empty());
    ann.drop_transport();
    ann.set_groups_token(old);
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a", "b"]).await, ["b"], "nor does an older token bring it back");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_2_a_remove_meanwhile_makes_what_it_sees_the_membership() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a", "b"]).await;
    ann.drop_transport();
    ann.set_groups_token(Some("forged".to_owned()));
    ann.reconnect().await?;
    ann.invoke("leave", ("a",)).await?;
    ann.until_groups_tokens(3).await;
    assert_eq!(hears(&kit, &ann, &["a", "b"]).await, NOTHING);
    assert!(kit.members::<Chat>("b").is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_2_nothing_of_a_group_is_replayed_that_was_left_before_the_bad_token_came() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    ann.drop_transport();
    say(&kit, "a", "while a member");
    kit.hubs().hub::<Chat>().groups().remove(ann.id(), "a").await?;
    ann.set_groups_token(Some("forged".to_owned()));
    ann.reconnect().await?;
    assert_eq!(shown(&ann).await, NOTHING);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_3_no_token_and_none_had_reached_it_is_as_a_valid_one() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &[]).await;
    ann.black_hole();
    kit.hubs().hub::<Chat>().groups().add(ann.id(), "a").await?;
    say(&kit, "a", "missed");
    assert_eq!(shown(&ann).await, NOTHING);
    ann.drop_transport();
    assert_eq!(ann.groups_token(), None);
    ann.reconnect().await?;
    assert_eq!(shown(&ann).await, ["missed"]);
    ann.until_groups_tokens(1).await;
    assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_3_holds_over_long_polling_for_an_answer_that_was_lost() -> Tested {
    let kit = kit();
    let ann = kit.client().hub::<Chat>().transport(Transport::LongPolling).connect().await?;
    ann.black_hole();
    kit.hubs().hub::<Chat>().groups().add(ann.id(), "a").await?;
    assert_eq!(shown(&ann).await, NOTHING);
    ann.drop_transport();
    ann.reconnect().await?;
    ann.until_groups_tokens(1).await;
    assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn long_polling_needs_its_token_on_every_poll() -> Tested {
    let kit = kit();
    let ann = kit.client().hub::<Chat>().transport(Transport::LongPolling).connect().await?;
    ann.invoke("join", ("a",)).await?;
    ann.until_groups_tokens(1).await;
    for round in 0..5 {
        say(&kit, "a", &round.to_string());
        ann.expect_call("show", (round.to_string(),)).await;
    }
    ann.set_groups_token(None);
    // The poll under way has brought it; the next one does not.
    say(&kit, "a", "ends the poll");
    ann.expect_call("show", ("ends the poll",)).await;
    assert_eq!(hears(&kit, &ann, &["a"]).await, NOTHING);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_2_a_token_that_was_brought_from_before_a_restart_had_reached_the_client() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    super::restart(&kit);
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"]);
    ann.drop_transport();
    ann.set_groups_token(None);
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, NOTHING);
    Ok(())
}
