//! Readers that stop reading: the healthy ones do not notice, and each stopped one ends as its policy says (R22).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by panicking, its helpers included")]

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::Router;
use hub_axum::{HubRouterExt as _, ServeOptions};
use hub_core::{DisconnectReason, HubServer, Options, SigningKeys, SlowClientPolicy};
use load::{
    client::{Client, Transport},
    rooms::{Ends, Rooms},
    wire::Link,
};
use parking_lot::Mutex;
use serde_json::json;
use tokio::{
    net::TcpSocket,
    sync::{Semaphore, watch},
    time::timeout,
};

const STOPPED: usize = 1_000;
const HEALTHY: usize = 100;
const MESSAGES: usize = 300;
const TEXT_BYTES: usize = 2_048;
const OUTBOX_MESSAGES: usize = 100;
const OUTBOX_BYTES: usize = 256 * 1024;
/// Messages that the healthiest and the last of the healthy may be apart: less than an outbox takes.
const WINDOW: usize = 5;
/// Kernel buffers, on both sides: what a stopped reader takes before it is felt.
const SOCKET_BYTES: u32 = 8 * 1024;
const PATIENCE: Duration = Duration::from_secs(60);
/// So long that no transport counts as lost because of a reader that has stopped.
const NEVER: Duration = Duration::from_secs(600);

/// The tests share the processor; one at a time measures what it means to.
static ALONE: Semaphore = Semaphore::const_new(1);

struct Served {
    hubs: HubServer,
    ends: Ends,
    address: SocketAddr,
}

async fn serve(policy: SlowClientPolicy) -> Served {
    let rooms = Rooms::default();
    let ends = rooms.ends.clone();
    let options = Options::default()
        .slow_clients(policy)
        .outbox_messages(OUTBOX_MESSAGES)
        .outbox_bytes(OUTBOX_BYTES)
        .send_timeout(NEVER);
    let hubs = HubServer::builder()
        .signing_keys(SigningKeys::generate().unwrap())
        .options(options)
        .hub(rooms)
        .build()
        .unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    // Connections inherit it.
    socket.set_send_buffer_size(SOCKET_BYTES).unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = socket.listen(1_024).unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route_classic("/signalr", &hubs);
    let limits = ServeOptions::default().write_timeout(NEVER);
    tokio::spawn(hub_axum::serve_with(listener, app, std::future::pending(), limits));
    Served { hubs, ends, address }
}

impl Served {
    /// Clients of the room `all` and of a room of their own, with their connection ids.
    async fn join(&self, count: usize, own: &str, receive_buffer: Option<u32>) -> Vec<(Client, String)> {
        let mut joined = Vec::with_capacity(count);
        for _ in 0..count {
            let link = Link { to: self.address, from: None, receive_buffer };
            let mut client = Client::connect(link, Transport::WebSockets).await.unwrap();
            let id = client.call("join", json!(["all"])).await.unwrap();
            client.call("join", json!([own])).await.unwrap();
            joined.push((client, id.as_str().unwrap().to_owned()));
        }
        joined
    }
}

/// Healthy readers, each at its own place.
struct Readers {
    places: Vec<watch::Receiver<usize>>,
    sent: Arc<Mutex<Vec<Instant>>>,
    latencies: Arc<Mutex<Vec<Duration>>>,
}

impl Readers {
    fn start(clients: Vec<(Client, String)>) -> Self {
        let sent: Arc<Mutex<Vec<Instant>>> = Arc::default();
        let latencies: Arc<Mutex<Vec<Duration>>> = Arc::default();
        let read = |(mut client, _): (Client, String)| {
            let (place, reached) = watch::channel(0);
            let (sent, latencies) = (sent.clone(), latencies.clone());
            tokio::spawn(async move {
                for expected in 0.. {
                    let Ok(note) = client.note().await else { return };
                    let number: usize = note.from.parse().unwrap();
                    assert_eq!(number, expected, "in order, nothing lost, nothing twice");
                    let latency = sent.lock()[number].elapsed();
                    latencies.lock().push(latency);
                    place.send_replace(number + 1);
                }
            });
            reached
        };
        Self { places: clients.into_iter().map(read).collect(), sent, latencies }
    }

    /// Waits until every reader has this many messages.
    async fn all_have(&mut self, count: usize) {
        for place in &mut self.places {
            let reached = timeout(PATIENCE, place.wait_for(|place| *place >= count)).await;
            reached.expect("a healthy reader gets its messages in time").expect("a healthy reader stays");
        }
    }

    /// Sends a round of messages to a room, no faster than the healthy read, and gives the 50th and the 99th percentile of the
    /// time that a message took.
    async fn round(&mut self, served: &Served, room: &str) -> (Duration, Duration) {
        let text = "x".repeat(TEXT_BYTES);
        let group = served.hubs.hub::<Rooms>().clients().group(room);
        let first = self.sent.lock().len();
        self.latencies.lock().clear();
        for number in first..first + MESSAGES {
            self.all_have(number.saturating_sub(WINDOW)).await;
            self.sent.lock().push(Instant::now());
            group.note(&number.to_string(), &text).await.unwrap();
        }
        self.all_have(first + MESSAGES).await;
        let mut latencies = std::mem::take(&mut *self.latencies.lock());
        latencies.sort_unstable();
        assert_eq!(latencies.len(), MESSAGES * HEALTHY);
        let at = |percent: usize| latencies[latencies.len() * percent / 100];
        (at(50), at(99))
    }
}

/// A server with healthy and stopped readers, and a round with and one without the stopped.
async fn rounds(policy: SlowClientPolicy) -> (Served, Readers, Vec<(Client, String)>) {
    let served = serve(policy).await;
    let mut readers = Readers::start(served.join(HEALTHY, "healthy", None).await);
    // They have stopped as soon as they have joined.
    let stopped = served.join(STOPPED, "stopped", Some(SOCKET_BYTES)).await;
    let (median_alone, slow_alone) = readers.round(&served, "healthy").await;
    let (median, slow) = readers.round(&served, "all").await;
    println!(
        "{policy:?}: p50 {median_alone:?} without and {median:?} with stopped readers, p99 {slow_alone:?} and {slow:?}"
    );
    assert!(slow < Duration::from_secs(2), "healthy readers wait for stopped ones: {slow:?}");
    (served, readers, stopped)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disconnect_ends_each_stopped_reader_once() {
    let _alone = ALONE.acquire().await.unwrap();
    let (served, mut readers, stopped) = rounds(SlowClientPolicy::Disconnect).await;
    timeout(PATIENCE, served.ends.wait_for(STOPPED)).await.expect("all stopped readers end");
    readers.round(&served, "all").await;
    let ends = served.ends.by_connection();
    assert_eq!(ends.len(), STOPPED);
    for (_, id) in &stopped {
        assert_eq!(ends.get(id).map(Vec::as_slice), Some(&[DisconnectReason::SlowClient][..]), "{id}");
    }
    let stats = served.hubs.stats();
    assert_eq!((stats.connections, stats.queued_bytes), (HEALTHY, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drop_oldest_keeps_everybody_within_the_bound() {
    let _alone = ALONE.acquire().await.unwrap();
    let (served, _readers, _stopped) = rounds(SlowClientPolicy::DropOldest).await;
    let stats = served.hubs.stats();
    println!("{} KiB are queued for each stopped reader", stats.queued_bytes / STOPPED / 1_024);
    assert_eq!((stats.connections, served.ends.count()), (HEALTHY + STOPPED, 0));
    assert!(stats.queued_bytes <= STOPPED * OUTBOX_BYTES, "{stats:?}");
    assert!(stats.queued_bytes >= STOPPED * OUTBOX_MESSAGES / 2 * TEXT_BYTES, "the stopped have stopped: {stats:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wait_holds_up_only_who_sends_to_one() {
    const TO_ONE: usize = 400;
    let _alone = ALONE.acquire().await.unwrap();
    let (served, mut readers, stopped) = rounds(SlowClientPolicy::Wait).await;
    assert_eq!((served.hubs.stats().connections, served.ends.count()), (HEALTHY + STOPPED, 0));
    drop(stopped);

    let (mut slow, id) = served.join(1, "slow", Some(SOCKET_BYTES)).await.remove(0);
    let one = served.hubs.hub::<Rooms>().clients().client(&id);
    let (tell, mut told) = watch::channel(0);
    let waiting = tokio::spawn(async move {
        let text = "x".repeat(TEXT_BYTES);
        for number in 0..TO_ONE {
            one.note(&number.to_string(), &text).await.unwrap();
            tell.send_replace(number + 1);
        }
    });
    told.wait_for(|sent| *sent >= OUTBOX_MESSAGES).await.unwrap();
    readers.round(&served, "healthy").await;
    assert!(!waiting.is_finished(), "{} messages went to a reader that has stopped", *told.borrow());
    println!("Wait: the sender to one waits after {} of {TO_ONE} messages", *told.borrow());

    for expected in 0..TO_ONE {
        let note = timeout(PATIENCE, slow.note()).await.expect("what was waited for comes").unwrap();
        assert_eq!(note.from, expected.to_string());
    }
    waiting.await.unwrap();
}
