//! Draining: no new connections, streams end in batches, disconnected events run, and clients come back with their groups (P10).

use std::{sync::Arc, time::Duration};

use hub_core::{
    GroupName, HubModule, HubResult, hub_module,
    pipeline::{Rejoining, RejoiningNext},
    testing::{Closing, TestServer, Transport},
};
use tokio::{sync::Semaphore, time::Instant};

use crate::{
    Tested,
    hubs::{Chat, chat_server},
    noted::Noted,
};

const TRANSPORTS: [Transport; 3] = [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling];

#[tokio::test(start_paused = true)]
async fn streams_end_disconnected_events_run_and_the_next_server_has_the_groups() -> Tested {
    for transport in TRANSPORTS {
        let noted = Noted::default();
        let kit = TestServer::new(chat_server(&noted).build()?);
        let ann = kit.client().hub::<Chat>().user("ann").transport(transport).connect().await?;
        ann.invoke("join", ("g",)).await?;
        ann.until_groups_tokens(1).await;
        noted.take();
        kit.hubs().drain(Duration::from_secs(1)).await;
        assert_eq!(noted.take(), ["chat: disconnected ann Shutdown"], "{transport:?}: when drain is done");
        assert_eq!(ann.until_closed().await, Closing::Shutdown, "{transport:?}");
        kit.restart(chat_server(&noted).build()?);
        ann.reconnect().await?;
        assert_eq!(kit.members::<Chat>("g"), [ann.id()], "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn nobody_comes_in_while_it_drains() -> Tested {
    let kit = TestServer::new(chat_server(&Noted::default()).build()?);
    let ann = kit.connect::<Chat>().await?;
    let early = kit.client().hub::<Chat>().negotiate().await?;
    kit.hubs().drain(Duration::ZERO).await;
    assert!(kit.hubs().is_draining());
    assert_eq!(kit.connect::<Chat>().await.unwrap_err().status(), Some(503));
    assert_eq!(early.connect_again().await.unwrap_err().status(), Some(503));
    assert_eq!(ann.reconnect().await.unwrap_err().status(), Some(503));
    assert!(early.start().await.is_err(), "nor by a request without a stream");
    assert_eq!(kit.hubs().stats().connections, 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn streams_end_in_batches_over_the_time_that_was_given() -> Tested {
    let kit = TestServer::new(chat_server(&Noted::default()).build()?);
    let mut clients = Vec::new();
    for _ in 0..50 {
        clients.push(kit.connect::<Chat>().await?);
    }
    let (hubs, before) = (kit.hubs(), Instant::now());
    let draining = tokio::spawn(async move { hubs.drain(Duration::from_secs(10)).await });
    for second in 0..9_usize {
        tokio::time::sleep_until(before + Duration::from_millis(1_000 * second as u64 + 500)).await;
        let open = clients.iter().filter(|client| client.is_connected()).count();
        assert_eq!(open, 50 - 5 * (second + 1), "after {second}.5 s");
    }
    draining.await?;
    assert_eq!(before.elapsed().as_secs(), 9);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn drain_on_waits_for_the_signal() -> Tested {
    let kit = TestServer::new(chat_server(&Noted::default()).build()?);
    let ann = kit.connect::<Chat>().await?;
    let (signal, signalled) = tokio::sync::oneshot::channel::<()>();
    let drained = tokio::spawn(kit.hubs().drain_on(async move {
        signalled.await.ok();
    }));
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(ann.is_connected() && !kit.hubs().is_draining());
    signal.send(()).map_err(|()| "nobody waits for the signal")?;
    drained.await?;
    assert_eq!(ann.until_closed().await, Closing::Shutdown);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn connections_whose_clients_are_away_end_too() -> Tested {
    let noted = Noted::default();
    let kit = TestServer::new(chat_server(&noted).build()?);
    let ann = kit.connect_as::<Chat>("ann").await?;
    ann.drop_transport();
    noted.quiet().await;
    kit.hubs().drain(Duration::ZERO).await;
    assert_eq!(noted.take(), ["chat: disconnected ann Shutdown"]);
    Ok(())
}

/// Holds a reconnect up.
struct Gate(Arc<Semaphore>, Noted);

#[hub_module]
impl HubModule for Gate {
    async fn rejoining_groups(&self, rejoining: Rejoining<'_>, next: RejoiningNext<'_>) -> HubResult<Vec<GroupName>> {
        self.1.note("asked");
        self.0.acquire().await?.forget();
        next.run(rejoining).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_was_coming_in_when_it_began_is_not_left_behind() -> Tested {
    let (gate, noted) = (Arc::new(Semaphore::new(0)), Noted::default());
    let kit = TestServer::new(chat_server(&Noted::default()).module(Gate(gate.clone(), noted.clone())).build()?);
    let ann = kit.connect::<Chat>().await?;
    kit.restart(chat_server(&Noted::default()).module(Gate(gate.clone(), noted.clone())).build()?);
    let coming = tokio::spawn(async move {
        let came = ann.reconnect().await;
        (ann, came)
    });
    noted.until(1).await;
    kit.hubs().drain(Duration::ZERO).await;
    gate.add_permits(1);
    let (ann, came) = coming.await?;
    if came.is_ok() {
        assert_eq!(ann.until_closed().await, Closing::Shutdown);
    }
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(kit.hubs().stats().connections, 0);
    Ok(())
}
