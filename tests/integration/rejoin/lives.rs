//! How tokens are renewed: before they expire, when a key is replaced, and after a failure.

use std::time::Duration;

use hub_core::{
    rejoin::SigningKeys,
    testing::{TestServer, Transport, paused_clock},
};

use super::{
    ann_in, hears,
    refused::{Breakable, long_names},
};
use crate::{
    Tested,
    hubs::{Chat, chat_server, key},
    log_text::LogText,
    noted::Noted,
};

const NOTHING: [&str; 0] = [];

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_before_it_expires_on_every_transport() -> Tested {
    for transport in [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling] {
        let clock = paused_clock();
        let server = || chat_server(&Noted::default()).clock(clock.clone()).build();
        let kit = TestServer::new(server()?);
        let ann = kit.client().hub::<Chat>().transport(transport).connect().await?;
        ann.invoke("join", ("a",)).await?;
        ann.until_groups_tokens(1).await;
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        let renewed = ann.groups_tokens_received();
        assert!((10..=13).contains(&renewed), "{transport:?}: every 315 s, not {renewed} times in an hour");
        kit.restart(server()?);
        ann.reconnect().await?;
        assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"], "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_brought_from_before_a_restart_is_renewed_too() -> Tested {
    let clock = paused_clock();
    let server = || chat_server(&Noted::default()).clock(clock.clone()).build();
    let kit = TestServer::new(server()?);
    let ann = ann_in(&kit, &["a"]).await;
    kit.restart(server()?);
    ann.reconnect().await?;
    tokio::time::sleep(Duration::from_secs(1_200)).await;
    assert!(ann.groups_tokens_received() > 1, "it is connected, so it has a token that is good");
    ann.drop_transport();
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"], "known");
    kit.restart(server()?);
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"], "unknown");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_groups_gets_no_token() -> Tested {
    let kit = TestServer::new(chat_server(&Noted::default()).clock(paused_clock()).build()?);
    let ann = ann_in(&kit, &[]).await;
    tokio::time::sleep(Duration::from_secs(1_200)).await;
    assert_eq!(ann.groups_tokens_received(), 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_new_key_renews_the_tokens_without_a_restart() -> Tested {
    for transport in [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling] {
        let keys = SigningKeys::new([key(1)])?;
        let server = || chat_server(&Noted::default()).signing_keys(keys.clone()).build();
        let kit = TestServer::new(server()?);
        let ann = kit.client().hub::<Chat>().transport(transport).connect().await?;
        ann.invoke("join", ("a",)).await?;
        let old = ann.until_groups_tokens(1).await;
        keys.replace([key(2), key(1)])?;
        // Noticed at the next keep-alive, or at the next poll.
        tokio::time::sleep(Duration::from_secs(120)).await;
        assert_ne!(ann.until_groups_tokens(2).await, old, "{transport:?}");
        let log = LogText::start();
        keys.replace([key(2)])?;
        ann.drop_transport();
        ann.reconnect().await?;
        assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"], "{transport:?}");
        log.assert_none(&["refused"]);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_groups_token_of_a_retired_key_is_refused() -> Tested {
    let log = LogText::start();
    let keys = SigningKeys::new([key(1)])?;
    let kit = TestServer::new(chat_server(&Noted::default()).signing_keys(keys.clone()).build()?);
    let ann = ann_in(&kit, &["a"]).await;
    ann.drop_transport();
    keys.replace([key(2)])?;
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, NOTHING);
    log.assert_one(&["a groups token was refused", "retired key"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_connection_token_of_a_retired_key_is_good_while_its_connection_lives_here() -> Tested {
    let keys = SigningKeys::new([key(1)])?;
    let kit = TestServer::new(chat_server(&Noted::default()).signing_keys(keys.clone()).build()?);
    let ann = ann_in(&kit, &[]).await;
    let bob = kit.client().hub::<Chat>().user("bob").negotiate().await?;
    keys.replace([key(2)])?;
    ann.drop_transport();
    ann.reconnect().await?;
    assert_eq!(ann.invoke("echo", ("x",)).await?.result::<String>(), "x");
    assert_eq!(bob.connect_again().await.unwrap_err().status(), Some(400), "it never lived here");
    ann.stop().await?;
    kit.until_disconnected(ann.id()).await;
    assert_eq!(ann.reconnect().await.unwrap_err().status(), Some(400), "it has ended");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_token_that_could_not_be_issued_comes_later() -> Tested {
    let log = LogText::start();
    let store = Breakable::default();
    let kit = TestServer::new(chat_server(&Noted::default()).token_store(store.clone()).build()?);
    let names = long_names();
    let (first, rest) = names.split_first().unwrap();
    let ann = ann_in(&kit, &[first]).await;
    *store.broken.lock() = true;
    for name in rest {
        ann.invoke("join", (name,)).await?;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!log.lines_with(&["ERROR a groups token could not be issued"]).is_empty());
    *store.broken.lock() = false;
    // At a keep-alive, without a further change of membership.
    tokio::time::sleep(Duration::from_secs(60)).await;
    kit.restart(chat_server(&Noted::default()).token_store(store).build()?);
    ann.reconnect().await?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(hears(&kit, &ann, &names).await, names);
    Ok(())
}
