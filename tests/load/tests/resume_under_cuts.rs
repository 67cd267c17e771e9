//! Links that are cut at random, over every transport: nothing is lost, doubled or reordered.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by panicking, its helpers included")]

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use axum::Router;
use hub_axum::HubRouterExt as _;
use hub_core::{HubServer, SigningKeys};
use load::{
    client::{Client, Note, Transport},
    proxy::Proxy,
    random::Random,
    rooms::{Ends, Rooms},
};
use serde_json::json;
use tokio::{net::TcpListener, sync::watch, time::timeout};

const MESSAGES: usize = 2_000;
const SENDERS: usize = 3;
const RECEIVERS: usize = 6;
const ROOMS: [&str; 3] = ["red", "green", "blue"];
const TRANSPORTS: [Transport; 3] = [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling];
const CUTS: u64 = 60;
const LONGEST_CUT_MS: u64 = 500;
/// The pace of each sender: slow enough that the cuts lie among the messages.
const PACE: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(60);

/// Message `number` of all goes to this room.
fn room(number: usize) -> usize {
    number / SENDERS % ROOMS.len()
}

/// A receiver is in two of the three rooms.
fn is_in(receiver: usize, room: usize) -> bool {
    (receiver / TRANSPORTS.len() + receiver + 1) % ROOMS.len() != room
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_comes_once_and_in_order() {
    let given = std::env::var("LOAD_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
    println!("LOAD_SEED={seed}");
    timeout(PATIENCE, cut_and_resume(Random::new(seed))).await.expect("all messages arrive in time");
}

async fn cut_and_resume(mut random: Random) {
    let (address, ends) = serve().await;
    let (progress, sent) = watch::channel(0_usize);
    let mut receiving = Vec::new();
    let mut proxies = Vec::new();
    for receiver in 0..RECEIVERS {
        let proxy = Arc::new(Proxy::before(address).await.unwrap());
        let mut client = Client::connect(proxy.address(), TRANSPORTS[receiver % TRANSPORTS.len()]).await.unwrap();
        for (at, room) in ROOMS.iter().enumerate().filter(|(at, _)| is_in(receiver, *at)) {
            client.call("join", json!([room])).await.unwrap_or_else(|error| panic!("{at}: {error}"));
        }
        client.groups_token().await.unwrap();
        proxies.push(proxy);
        receiving.push(tokio::spawn(receive(client, receiver)));
    }

    let progress = Arc::new(progress);
    let mut sending = Vec::new();
    for sender in 0..SENDERS {
        sending.push(tokio::spawn(send(address, sender, progress.clone())));
    }
    cut(&proxies, &mut random, sent).await;
    for sent in sending {
        sent.await.unwrap();
    }
    let mut resumed = 0;
    for (receiver, received) in receiving.into_iter().enumerate() {
        let (notes, times) = received.await.unwrap();
        check(receiver, &notes);
        resumed += times;
    }
    println!("{resumed} reconnects, {} connections ended meanwhile", ends.count());
    assert_eq!(ends.count(), SENDERS, "only senders left");
}

async fn serve() -> (SocketAddr, Ends) {
    let rooms = Rooms::default();
    let ends = rooms.ends.clone();
    let hubs = HubServer::builder().signing_keys(SigningKeys::generate().unwrap()).hub(rooms).build().unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route_classic("/signalr", &hubs);
    tokio::spawn(hub_axum::serve(listener, app, std::future::pending()));
    (address, ends)
}

/// Says every third message, over a link that nobody cuts.
async fn send(server: SocketAddr, sender: usize, progress: Arc<watch::Sender<usize>>) {
    let mut client = Client::connect(server, Transport::WebSockets).await.unwrap();
    let mut pace = tokio::time::interval(PACE);
    for number in (sender..MESSAGES).step_by(SENDERS) {
        pace.tick().await;
        let arguments = json!([ROOMS[room(number)], sender.to_string(), number.to_string()]);
        client.call("say", arguments).await.unwrap();
        progress.send_modify(|sent| *sent += 1);
    }
    client.leave().await.unwrap();
}

/// Cuts links at random numbers of sent messages. Cuts of different links, and of one, may overlap.
async fn cut(proxies: &[Arc<Proxy>], random: &mut Random, mut sent: watch::Receiver<usize>) {
    let mut moments: Vec<usize> = (0..CUTS).map(|_| random.below(MESSAGES as u64) as usize).collect();
    moments.sort_unstable();
    let mut cutting = Vec::new();
    for moment in moments {
        sent.wait_for(|sent| *sent >= moment).await.unwrap();
        let proxy = proxies[random.below(proxies.len() as u64) as usize].clone();
        let lasting = Duration::from_millis(random.below(LONGEST_CUT_MS + 1));
        cutting.push(tokio::spawn(async move { proxy.cut(lasting).await }));
    }
    for cut in cutting {
        cut.await.unwrap();
    }
}

/// Receives all messages of the receiver's rooms, and comes back as often as it must.
async fn receive(mut client: Client, receiver: usize) -> (Vec<Note>, usize) {
    let expected = (0..MESSAGES).filter(|number| is_in(receiver, room(*number))).count();
    let mut notes = Vec::with_capacity(expected);
    let mut reconnects = 0;
    let begun = Instant::now();
    while notes.len() < expected {
        if let Ok(note) = client.note().await {
            notes.push(note);
            continue;
        }
        reconnects += 1;
        while let Err(error) = client.reconnect().await {
            assert!(begun.elapsed() < PATIENCE, "receiver {receiver} does not come back: {error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    (notes, reconnects)
}

/// Each message of its rooms, once, in the order of its sender.
fn check(receiver: usize, notes: &[Note]) {
    let mut by_sender: HashMap<&str, Vec<usize>> = HashMap::new();
    for note in notes {
        by_sender.entry(&note.from).or_default().push(note.text.parse().unwrap());
    }
    for sender in 0..SENDERS {
        let expected: Vec<usize> =
            (sender..MESSAGES).step_by(SENDERS).filter(|number| is_in(receiver, room(*number))).collect();
        let received = by_sender.get(&*sender.to_string()).map(Vec::as_slice).unwrap_or_default();
        let first_wrong = expected.iter().zip(received).position(|(expected, received)| expected != received);
        assert_eq!(received, expected, "receiver {receiver}, sender {sender}, wrong from {first_wrong:?} on");
    }
}
