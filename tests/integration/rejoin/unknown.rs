//! Rule 4: a connection that this node does not know.

use std::time::Duration;

use hub_core::testing::{TestServer, Transport, paused_clock};

use super::{ann_in, hears, kit, restart, shown};
use crate::{
    Tested,
    hubs::{Chat, Second, chat_server},
    log_text::LogText,
    noted::Noted,
};

const NOTHING: [&str; 0] = [];
const TRANSPORTS: [Transport; 3] = [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling];

#[tokio::test(start_paused = true)]
async fn rule_4_the_tokens_groups_are_rejoined_after_a_restart() -> Tested {
    for transport in TRANSPORTS {
        let kit = kit();
        let ann = ann_in(&kit, &["a", "b"]).await;
        ann.on::<Second>().invoke("join", ("a",)).await?;
        ann.until_groups_tokens(3).await;
        restart(&kit);
        ann.set_transport(transport);
        ann.reconnect().await?;
        assert_eq!(hears(&kit, &ann, &["a", "b", "c"]).await, ["a", "b"], "{transport:?}");
        assert_eq!(kit.members::<Second>("a"), [ann.id()], "{transport:?}");
        assert!(kit.members::<Second>("b").is_empty());
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_4_a_second_restart_finds_the_groups_joined_on_the_first() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    restart(&kit);
    ann.reconnect().await?;
    ann.invoke("join", ("b",)).await?;
    ann.invoke("leave", ("a",)).await?;
    ann.until_groups_tokens(3).await;
    restart(&kit);
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a", "b"]).await, ["b"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_4_without_a_token_there_are_no_groups() -> Tested {
    for transport in TRANSPORTS {
        let kit = kit();
        let ann = ann_in(&kit, &["a"]).await;
        restart(&kit);
        ann.set_transport(transport);
        ann.set_groups_token(None);
        ann.reconnect().await?;
        assert_eq!(hears(&kit, &ann, &["a"]).await, NOTHING);
        ann.invoke("tellAll", ("to all",)).await?;
        assert_eq!(shown(&ann).await, ["to all"]);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_4_a_connect_with_a_token_rejoins_too() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    restart(&kit);
    ann.connect_again().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_4_a_connection_that_is_new_rejoins_nothing() -> Tested {
    let log = LogText::start();
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    let bob = kit.client().hub::<Chat>().user("ann").negotiate().await?;
    bob.set_groups_token(ann.groups_token());
    bob.connect_again().await?;
    assert_eq!(hears(&kit, &bob, &["a"]).await, NOTHING);
    log.assert_one(&["WARN a groups token was refused", "wrong connection"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_4_a_disconnect_is_no_removal() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    ann.drop_transport();
    kit.until_disconnected(ann.id()).await;
    assert!(kit.members::<Chat>("a").is_empty());
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"]);
    ann.stop().await?;
    kit.until_disconnected(ann.id()).await;
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"], "nor is a goodbye");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_4_a_removal_outlives_the_token_and_the_connection() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a", "b"]).await;
    let old = ann.groups_token();
    kit.hubs().hub::<Chat>().groups().remove(ann.id(), "a").await?;
    ann.drop_transport();
    kit.until_disconnected(ann.id()).await;
    ann.set_groups_token(old);
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a", "b"]).await, ["b"]);
    let renewed = ann.until_groups_tokens(3).await;
    assert_ne!(Some(renewed), ann_in(&kit, &[]).await.groups_token(), "a new token took the old one's place");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_4_what_was_joined_again_after_its_removal_comes_back() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    let old = ann.groups_token();
    ann.invoke("leave", ("a",)).await?;
    ann.invoke("join", ("a",)).await?;
    ann.until_groups_tokens(2).await;
    ann.drop_transport();
    kit.until_disconnected(ann.id()).await;
    ann.set_groups_token(old);
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_4_a_removal_is_remembered_for_one_token_life() -> Tested {
    let clock = paused_clock();
    let kit = TestServer::new(chat_server(&Noted::default()).clock(clock).build()?);
    let ann = ann_in(&kit, &["a", "b"]).await;
    let old = ann.groups_token();
    kit.hubs().hub::<Chat>().groups().remove(ann.id(), "a").await?;
    ann.drop_transport();
    kit.until_disconnected(ann.id()).await;
    // The token is good for 10 min and the disconnect timeout.
    tokio::time::sleep(Duration::from_secs(590)).await;
    ann.set_groups_token(old.clone());
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a", "b"]).await, ["b"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_4_hubs_that_are_not_listed_rejoin_and_are_silent_until_they_are() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    ann.on::<Second>().invoke("join", ("a",)).await?;
    ann.until_groups_tokens(2).await;
    restart(&kit);
    ann.set_hubs(&["second"]);
    ann.reconnect().await?;
    assert_eq!(kit.members::<Chat>("a"), [ann.id()]);
    assert_eq!(hears(&kit, &ann, &["a"]).await, NOTHING);
    kit.hubs().hub::<Second>().clients().group("a").show("second");
    assert_eq!(shown(&ann).await, ["second"]);
    ann.drop_transport();
    ann.set_hubs(&["chat", "second"]);
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_membership_that_another_node_knows_longer_is_bounded_by_the_limit() -> Tested {
    let kit = kit();
    let names: Vec<String> = (0..10).map(|number| format!("g{number}")).collect();
    let ann = ann_in(&kit, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let options = hub_core::Options::default().max_groups(4);
    kit.restart(chat_server(&Noted::default()).options(options).build()?);
    ann.reconnect().await?;
    assert!(kit.hubs().stats().groups <= 4);
    Ok(())
}
