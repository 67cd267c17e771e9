//! A token that is refused: the reconnect goes on with no groups, and the reason is in log and metric (sections 4.4 and 13.3).

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hub_core::{
    rejoin::{Generation, MemoryTokenStore, SigningKeys, StoreError, StoreFuture, TokenReference, TokenStore},
    testing::{TestClient, TestServer, paused_clock},
};
use parking_lot::Mutex;

use super::{ann_in, hears, holder, kit, restart, shown, token};
use crate::{
    Tested,
    counters::Counters,
    hubs::{chat_server, key, keys},
    log_text::LogText,
    noted::Noted,
};

const NOTHING: [&str; 0] = [];

/// Comes back with this token, on a server that knows the connection or does not, and hears nothing of the group.
async fn is_refused(token: &str, ann: &TestClient, kit: &TestServer, reason: &str, restarted: bool) -> Tested {
    let (log, counters) = (LogText::start(), Counters::start());
    ann.drop_transport();
    if restarted {
        restart(kit);
    }
    ann.set_groups_token(Some(token.to_owned()));
    ann.reconnect().await?;
    assert_eq!(hears(kit, ann, &["a"]).await, NOTHING, "{reason}");
    ann.invoke("tellAll", ("to all",)).await?;
    assert_eq!(shown(ann).await, ["to all"], "{reason}: the connection goes on");
    log.assert_one(&[
        "WARN a groups token was refused",
        &format!("connection={}", ann.id()),
        &format!("reason={reason:?}"),
    ]);
    log.assert_none(&[token]);
    assert_eq!(counters.take_with("hub_tokens_refused_total", reason), 1, "{reason}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_is_no_token_is_malformed() -> Tested {
    for restarted in [false, true] {
        let kit = kit();
        let ann = ann_in(&kit, &["a"]).await;
        let good = ann.groups_token().unwrap();
        let (body, tag) = good.split_once('.').unwrap();
        for bad in [
            "x".to_owned(),
            format!("{good}="),
            format!(" {good}"),
            format!("{body}.{tag}."),
            "é".to_owned(),
            body.to_owned(),
        ] {
            is_refused(&bad, &ann, &kit, "malformed", restarted).await?;
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_token_of_another_key_is_forged() -> Tested {
    for restarted in [false, true] {
        let kit = kit();
        let ann = ann_in(&kit, &["a"]).await;
        let id = ann.id();
        let foreign = token(SigningKeys::new([key(8)])?, "hubs", holder(id.as_str(), Some("ann")), &["a"]).await;
        is_refused(&foreign, &ann, &kit, "forged", restarted).await?;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_connection_token_is_no_groups_token() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    let connection_token = ann.connection_token();
    ann.drop_transport();
    ann.set_groups_token(Some(connection_token));
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, NOTHING);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_token_of_another_connection_is_refused() -> Tested {
    for restarted in [false, true] {
        let kit = kit();
        let (ann, other) = (ann_in(&kit, &["a"]).await, ann_in(&kit, &["a"]).await);
        let others = other.groups_token().unwrap();
        drop(other);
        is_refused(&others, &ann, &kit, "wrong connection", restarted).await?;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_token_of_another_user_application_or_wire_is_refused() -> Tested {
    for restarted in [false, true] {
        let kit = kit();
        let ann = ann_in(&kit, &["a"]).await;
        let id = ann.id();
        let own = holder(id.as_str(), Some("ann"));
        let users = [
            token(keys(), "hubs", holder(id.as_str(), Some("bob")), &["a"]).await,
            token(keys(), "hubs", holder(id.as_str(), Some("Ann")), &["a"]).await,
            token(keys(), "hubs", holder(id.as_str(), None), &["a"]).await,
        ];
        for wrong in users {
            is_refused(&wrong, &ann, &kit, "wrong user", restarted).await?;
        }
        is_refused(&token(keys(), "shop", own, &["a"]).await, &ann, &kit, "wrong application", restarted).await?;
        let core = hub_core::rejoin::Holder { generation: Generation::Core, ..own };
        is_refused(&token(keys(), "hubs", core, &["a"]).await, &ann, &kit, "wrong generation", restarted).await?;
        // The same made for her is taken.
        ann.drop_transport();
        restart(&kit);
        ann.set_groups_token(Some(token(keys(), "hubs", own, &["a"]).await));
        ann.reconnect().await?;
        assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"]);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn every_bit_of_a_token_counts() -> Tested {
    let kit = kit();
    let ann = ann_in(&kit, &["a"]).await;
    let good = ann.groups_token().unwrap();
    for at in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        ann.drop_transport();
        restart(&kit);
        ann.set_groups_token(Some(String::from_utf8(bytes)?));
        ann.reconnect().await?;
        assert!(kit.members::<crate::hubs::Chat>("a").is_empty(), "character {at}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_token_expires_after_its_life_and_the_disconnect_timeout() -> Tested {
    let log = LogText::start();
    let clock = paused_clock();
    let server = || chat_server(&Noted::default()).clock(clock.clone()).build();
    let kit = TestServer::new(server()?);
    let ann = ann_in(&kit, &["a"]).await;
    ann.drop_transport();
    kit.restart(server()?);
    tokio::time::sleep(Duration::from_secs(629)).await;
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"], "10 min and 30 s are not over");
    let ann = ann_in(&kit, &["a"]).await;
    ann.drop_transport();
    kit.restart(server()?);
    tokio::time::sleep(Duration::from_secs(631)).await;
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, NOTHING);
    log.assert_one(&["a groups token was refused", "expired"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_token_of_a_clock_that_was_ahead_is_not_yet_valid() -> Tested {
    let log = LogText::start();
    let now = Arc::new(std::sync::atomic::AtomicU64::new(1_800_000_000_000));
    let clock = hub_core::rejoin::Clock::shared(now.clone());
    let server = || chat_server(&Noted::default()).clock(clock.clone()).build();
    let kit = TestServer::new(server()?);
    let ann = ann_in(&kit, &["a"]).await;
    now.fetch_sub(61_000, std::sync::atomic::Ordering::Relaxed);
    kit.restart(server()?);
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, NOTHING);
    log.assert_one(&["a groups token was refused", "not yet valid"]);
    Ok(())
}

/// A store that a test can break.
#[derive(Debug, Clone, Default)]
pub(super) struct Breakable {
    tokens: Arc<MemoryTokenStore>,
    pub(super) broken: Arc<Mutex<bool>>,
}

impl TokenStore for Breakable {
    fn put(&self, reference: TokenReference, token: Bytes, expires_at_ms: u64) -> StoreFuture<'_, ()> {
        if *self.broken.lock() {
            return Box::pin(async { Err(StoreError::new("the disk is full")) });
        }
        self.tokens.put(reference, token, expires_at_ms)
    }

    fn get(&self, reference: TokenReference) -> StoreFuture<'_, Option<Bytes>> {
        if *self.broken.lock() {
            return Box::pin(async { Err(StoreError::new("the disk is gone")) });
        }
        self.tokens.get(reference)
    }
}

pub(super) fn long_names() -> Vec<String> {
    (0..20).map(|number| format!("{number:0>100}")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_long_token_is_a_reference_and_a_lost_or_unreadable_one_is_refused() -> Tested {
    let store = Breakable::default();
    let server = || chat_server(&Noted::default()).token_store(store.clone()).build();
    let kit = TestServer::new(server()?);
    let names = long_names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let ann = ann_in(&kit, &names).await;
    assert!(ann.groups_token().unwrap().len() <= 1_024);
    kit.restart(server()?);
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &names).await, names, "the store has it");

    let log = LogText::start();
    *store.broken.lock() = true;
    kit.restart(server()?);
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &names).await, NOTHING);
    log.assert_one(&["WARN a groups token was refused", "store failed"]);
    log.assert_one(&["ERROR the token store failed", "the disk is gone"]);
    restart(&kit);
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &names).await, NOTHING);
    log.assert_one(&["WARN a groups token was refused", "reference lost"]);
    Ok(())
}
