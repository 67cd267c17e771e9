//! Rule 6, and what cursors of other kinds mean (sections 5.2 and 13.1).

use std::time::Duration;

use hub_core::{
    Options,
    testing::{Closing, TestServer},
};

use super::{ann_in, kit, restart, say, shown};
use crate::{Tested, hubs::chat_server, noted::Noted};

const NOTHING: [&str; 0] = [];

#[tokio::test(start_paused = true)]
async fn rule_6_a_cursor_is_good_after_the_disconnected_event_too() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    ann.drop_transport();
    say(&kit, "a", "one");
    kit.until_disconnected(ann.id()).await;
    say(&kit, "a", "two");
    ann.reconnect().await?;
    assert_eq!(shown(&ann).await, ["one", "two"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_6_unless_the_slow_client_policy_ended_the_connection() -> Tested {
    let options = Options::default().outbox_messages(10);
    let kit = TestServer::new(chat_server(&Noted::default()).options(options).build()?);
    let ann = ann_in(&kit, &["a"]).await;
    ann.stop_reading();
    for number in 0..30 {
        say(&kit, "a", &number.to_string());
        tokio::task::yield_now().await;
    }
    assert_eq!(ann.until_closed().await, Closing::Cut);
    kit.until_disconnected(ann.id()).await;
    ann.reconnect().await?;
    assert_eq!(shown(&ann).await, NOTHING, "from now");
    say(&kit, "a", "live");
    assert_eq!(shown(&ann).await, ["live"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn rule_6_from_now_holds_for_a_second_try_with_the_same_cursor() -> Tested {
    let options = Options::default().outbox_messages(10);
    let kit = TestServer::new(chat_server(&Noted::default()).options(options).build()?);
    let ann = ann_in(&kit, &["a"]).await;
    ann.stop_reading();
    for number in 0..30 {
        say(&kit, "a", &number.to_string());
        tokio::task::yield_now().await;
    }
    ann.until_closed().await;
    kit.until_disconnected(ann.id()).await;
    let before = ann.cursor();
    ann.reconnect().await?;
    ann.drop_transport();
    ann.set_cursor(before);
    ann.reconnect().await?;
    assert_eq!(shown(&ann).await, NOTHING);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_cursor_of_another_process_and_any_other_text_mean_from_now() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    for cursor in [Some("d-0-1"), Some("nonsense"), Some("s-0,1"), None] {
        ann.drop_transport();
        say(&kit, "a", "missed");
        ann.set_cursor(cursor.map(str::to_owned));
        ann.reconnect().await?;
        assert_eq!(shown(&ann).await, NOTHING, "{cursor:?}");
        say(&kit, "a", "live");
        assert_eq!(shown(&ann).await, ["live"], "{cursor:?}");
    }
    restart(&kit);
    ann.reconnect().await?;
    say(&kit, "a", "of the new process");
    assert_eq!(shown(&ann).await, ["of the new process"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_cursor_ahead_of_the_log_means_from_now() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    let cursor = ann.cursor().ok_or("no cursor")?;
    let prefix = cursor.rsplit_once('-').ok_or("no place in the cursor")?.0.to_owned();
    ann.drop_transport();
    say(&kit, "a", "missed");
    ann.set_cursor(Some(format!("{prefix}-FFFFFFFF")));
    ann.reconnect().await?;
    assert_eq!(shown(&ann).await, NOTHING);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_broken_cursor_of_this_process_is_refused_with_400() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    let cursor = ann.cursor().ok_or("no cursor")?;
    for broken in [
        format!("{cursor}x"),
        format!("{cursor}|1"),
        cursor.rsplit_once('-').map(|(prefix, _)| format!("{prefix}-")).unwrap_or_default(),
    ] {
        ann.set_cursor(Some(broken.clone()));
        let refused = ann.reconnect().await.unwrap_err();
        assert_eq!(refused.to_string(), "reconnect was refused with 400: Invalid cursor.", "{broken}");
    }
    ann.set_cursor(Some(cursor));
    tokio::time::sleep(Duration::from_millis(1)).await;
    ann.reconnect().await?;
    Ok(())
}
