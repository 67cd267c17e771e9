//! One connected and one disconnected event for each life (P7), however the requests of a connection race.

use std::{sync::Arc, time::Duration};

use hostile::{client::Identity, http, server::Server, until, websocket::WebSocket};
use hub_core::Options;
use tokio::sync::Barrier;

const TASKS: usize = 50;

fn options() -> Options {
    Options::default().disconnect_timeout(Duration::from_secs(6)).keep_alive(Some(Duration::from_secs(2)))
}

/// Does one of the things that a client does, at the same time as the others.
async fn one_of(actions: &'static [&'static str], at: usize, identity: Identity, together: Arc<Barrier>) {
    let action = actions[at % actions.len()];
    together.wait().await;
    match action {
        "start" | "abort" => {
            http::get(identity.server, &identity.path(action, "webSockets"), &[]).await;
        }
        "poll" => {
            // The socket is dropped while the poll waits.
            let mut socket = http::open(identity.server).await;
            let head = http::head("GET", &identity.path("connect", "longPolling"), &[]);
            let _ = tokio::io::AsyncWriteExt::write_all(&mut socket, head.as_bytes()).await;
            let _ = tokio::time::timeout(Duration::from_millis(50), http::read_head(&mut socket)).await;
        }
        _ => {
            if let Ok(mut socket) = WebSocket::connect(identity.server, &identity.path(action, "webSockets"), &[]).await
            {
                // Until it is replaced or ended, or for a moment.
                let _ = tokio::time::timeout(Duration::from_millis(50), socket.receive()).await;
            }
        }
    }
}

async fn race(actions: &'static [&'static str], check: impl Fn(&str, &[&'static str])) {
    let server = Server::start(options()).await;
    for _ in 0..5 {
        let identity = Identity::negotiate(server.address, "&everyone=1").await;
        let together = Arc::new(Barrier::new(TASKS));
        let racing: Vec<_> =
            (0..TASKS).map(|at| tokio::spawn(one_of(actions, at, identity.clone(), together.clone()))).collect();
        for task in racing {
            task.await.unwrap();
        }
        identity.abort("webSockets").await;
        until("the connection to end", || server.hubs.stats().connections == 0).await;
        // Events run on tasks of their own; the last one may still be on its way.
        let count = |name| server.notes.events(&identity.id).iter().filter(|event| **event == name).count();
        until("the last disconnected event", || {
            count("connected") + count("reconnected") == 0 || count("disconnected") > 0
        })
        .await;
        until("as many ends as beginnings", || count("disconnected") >= count("connected")).await;
        let events = server.notes.events(&identity.id);
        check(&identity.id, &events);
        let stats = server.hubs.stats();
        assert_eq!((stats.connections, stats.groups), (0, 0), "{events:?}");
    }
}

fn count(events: &[&'static str], name: &str) -> usize {
    events.iter().filter(|event| **event == name).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_is_repeated_begins_one_life() {
    race(&["connect", "start", "start", "poll"], |id, events| {
        assert_eq!(events, ["connected", "disconnected"], "{id}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn starts_and_aborts_that_race_pair_up() {
    race(&["connect", "start", "abort", "start", "poll"], |id, events| {
        assert_eq!(count(events, "connected"), count(events, "disconnected"), "{id}: {events:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reconnects_begin_a_life_or_go_on_with_one() {
    race(&["connect", "start", "reconnect", "abort", "reconnect"], |id, events| {
        let (begun, back, ended) =
            (count(events, "connected"), count(events, "reconnected"), count(events, "disconnected"));
        assert!(begun <= ended && ended <= begun + back, "{id}: {events:?}");
    })
    .await;
}
