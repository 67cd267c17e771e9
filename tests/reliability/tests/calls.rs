//! Calls as nobody should make them (R31), where other connections and the end of one's own are concerned.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use hub_core::{DisconnectReason, HubContext, HubServer, Options, SigningKeys, hub};
use reliability::{
    PATIENCE,
    client::{Client, Session, Transport},
    http::{Ask, Link},
    server::{Running, Served, application},
    websocket::{Received, upgrade},
    within,
};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::hubs::{Events, What, short, until_connections};

/// A hub whose calls wait until they are let go.
#[hub(name = "gate")]
struct Gate {
    entered: Arc<AtomicUsize>,
    leave: Arc<Semaphore>,
    events: Events,
}

#[hub]
impl Gate {
    #[hub_method(connected)]
    fn came(&self, cx: &HubContext<Self>) {
        self.events.note(cx.connection_id(), What::Connected);
    }

    #[hub_method(disconnected)]
    fn went(&self, cx: &HubContext<Self>, reason: DisconnectReason) {
        self.events.note(cx.connection_id(), What::Disconnected(reason));
    }

    #[hub_method]
    async fn wait(&self) -> usize {
        let number = self.entered.fetch_add(1, Ordering::SeqCst);
        if let Ok(permit) = self.leave.acquire().await {
            permit.forget();
        }
        number
    }

    #[hub_method]
    fn echo(&self, text: String) -> String {
        text
    }
}

struct Scene {
    hubs: HubServer,
    served: Served,
    entered: Arc<AtomicUsize>,
    leave: Arc<Semaphore>,
    events: Events,
}

fn scene(options: Options, running: &Running) -> Scene {
    let (entered, leave, events) = (Arc::default(), Arc::new(Semaphore::new(0)), Events::default());
    let gate = Gate { entered: Arc::clone(&entered), leave: leave.clone(), events: events.clone() };
    let hubs =
        HubServer::builder().hub(gate).signing_keys(SigningKeys::generate().unwrap()).options(options).build().unwrap();
    let served = Served::start(application(&hubs), running).unwrap();
    Scene { hubs, served, entered, leave, events }
}

fn call(method: &str, arguments: serde_json::Value, id: u64) -> String {
    json!({"H": "gate", "M": method, "A": arguments, "I": id}).to_string()
}

impl Scene {
    async fn until_entered(&self, count: usize) {
        let started = Instant::now();
        while self.entered.load(Ordering::SeqCst) < count && started.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(self.entered.load(Ordering::SeqCst) >= count, "fewer than {count} calls have begun");
    }
}

#[tokio::test]
async fn calls_beyond_the_limit_wait_whichever_request_brings_them() {
    let scene = scene(Options::default().max_calls(4), &Running::default());
    for transport in [Transport::ServerSentEvents, Transport::LongPolling] {
        let before = scene.entered.load(Ordering::SeqCst);
        let client = Client::connect(scene.served.address(), transport, &["gate"]).await.unwrap();
        let posting: Vec<_> = (0..10)
            .map(|id| {
                let session = client.session.clone();
                tokio::spawn(async move { session.send(transport, &call("wait", json!([]), id)).await })
            })
            .collect();
        scene.until_entered(before + 4).await;
        let mut other = Client::connect(scene.served.address(), Transport::WebSockets, &["gate"]).await.unwrap();
        for _ in 0..20 {
            assert_eq!(other.call("gate", "echo", json!(["x"])).await.unwrap().result(), "x");
        }
        assert_eq!(scene.entered.load(Ordering::SeqCst), before + 4);
        scene.leave.add_permits(10);
        for posted in posting {
            assert_eq!(posted.await.unwrap().unwrap().status, 200);
        }
        assert_eq!(scene.entered.load(Ordering::SeqCst), before + 10);
    }
}

#[tokio::test]
async fn a_client_that_leaves_amid_too_many_calls_is_gone_in_time() {
    let scene = scene(short().max_calls(2), &Running::default());
    // One drops its socket, one says that it leaves.
    for says_so in [false, true] {
        let before = scene.entered.load(Ordering::SeqCst);
        let mut client = Client::connect(scene.served.address(), Transport::WebSockets, &["gate"]).await.unwrap();
        for id in 0..50 {
            client.write_text(&call("wait", json!([]), id)).await.unwrap();
        }
        scene.until_entered(before + 2).await;
        let id = client.session.id.clone();
        let reason = if says_so {
            client.abort().await.unwrap();
            DisconnectReason::StopCalled
        } else {
            DisconnectReason::TimedOut
        };
        drop(client);
        scene.events.until(&id, &[What::Connected, What::Disconnected(reason)]).await;
    }
    until_connections(&scene.hubs, 0).await;
    // Those that had begun run on, and nothing that waited unread begins any more.
    scene.leave.add_permits(100);
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert_eq!(scene.entered.load(Ordering::SeqCst), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_that_nobody_reads_hold_up_their_own_connection_alone() {
    const CALLS: u64 = 10_000;
    let running = Running { send_buffer: Some(16 * 1024), ..Running::default() };
    let scene = scene(Options::default().send_timeout(Duration::from_secs(120)), &running);
    let link = Link { receive_buffer: Some(4 * 1024), ..scene.served.address().into() };
    let session = Session::negotiate(link, &["gate"], "").await.unwrap();
    let ask = Ask::get(session.target("connect", Transport::WebSockets));
    let socket = upgrade(ask, link).await.unwrap().unwrap();
    let (mut reader, mut writer) = (socket.reader, socket.writer);
    let text = "x".repeat(512);
    let flooding = tokio::spawn(async move {
        for id in 0..CALLS {
            writer.text(&call("echo", json!([text]), id)).await.unwrap();
        }
        writer
    });
    // It comes to a standstill: 10,000 replies fit into no buffer. Meanwhile others are served, and little is queued.
    let mut other = Client::connect(scene.served.address(), Transport::WebSockets, &["gate"]).await.unwrap();
    for _ in 0..200 {
        assert_eq!(other.call("gate", "echo", json!(["x"])).await.unwrap().result(), "x");
    }
    assert!(!flooding.is_finished());
    let queued = scene.hubs.stats().queued_bytes;
    assert!(queued < 256 * 1024, "{queued} bytes of replies are queued");
    let mut answered = 0;
    while answered < CALLS {
        match within(PATIENCE, reader.next()).await.unwrap() {
            Received::Text(text) if text.contains("\"R\"") => answered += 1,
            Received::Text(_) => {}
            end => unreachable!("{end:?} after {answered} replies"),
        }
    }
    drop(flooding.await.unwrap());
}
