//! One connect, one disconnect for each life, whatever races for a connection (P7).

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use hub_core::{DisconnectReason, HubContext, HubResult, HubServer, Items, SigningKeys, hub};
use parking_lot::Mutex;
use reliability::{
    PATIENCE,
    client::{Client, Session, Transport},
    random::Random,
    server::Served,
};
use serde_json::json;

use crate::hubs::{What, short, until_connections};

/// Which life of a connection an event belongs to: items live as long as the connection does.
struct Life(u64);

#[hub(name = "lives")]
struct Lives {
    begun: AtomicU64,
    events: Arc<Mutex<Vec<(u64, What)>>>,
}

#[hub]
impl Lives {
    #[hub_method(connected)]
    async fn came(&self, cx: &HubContext<Self>) -> HubResult {
        self.note(cx.items(), What::Connected);
        // The event may come too late for a connection that has ended meanwhile.
        let _ = cx.groups().add(cx.connection_id(), "everyone").await;
        tokio::task::yield_now().await;
        Ok(())
    }

    #[hub_method(reconnected)]
    fn came_back(&self, cx: &HubContext<Self>) {
        self.note(cx.items(), What::Reconnected);
    }

    #[hub_method(disconnected)]
    fn went(&self, cx: &HubContext<Self>, reason: DisconnectReason) {
        self.note(cx.items(), What::Disconnected(reason));
    }

    #[hub_method]
    async fn join(&self, cx: &HubContext<Self>, group: String) -> HubResult {
        Ok(cx.groups().add(cx.connection_id(), group).await?)
    }

    fn note(&self, items: &Items, what: What) {
        let mut events = self.events.lock();
        let life = match items.get::<Life>() {
            Some(life) => life.0,
            None => {
                let life = self.begun.fetch_add(1, Ordering::Relaxed);
                items.insert(Life(life));
                life
            }
        };
        events.push((life, what));
    }
}

/// Does things to a connection that is not its own alone.
async fn interfere(mut session: Session, mut random: Random, actions: usize) {
    session = session.detached();
    let mut client = None;
    for _ in 0..actions {
        let transport = *random.of(&Transport::ALL);
        match random.below(12) {
            0..4 => {
                let mut coming = Client::without_stream(session.detached(), transport);
                let action = *random.of(&["connect", "reconnect", "reconnect", "poll"]);
                // Refused, replaced at once or served: all are right.
                let _ = coming.open(action).await;
                client = Some(coming);
            }
            4..7 => drop(session.start(transport).await.unwrap()),
            7 | 8 => drop(session.abort(transport).await.unwrap()),
            9 | 10 => {
                let call = json!({"H": "lives", "M": "join", "A": ["room"], "I": 0}).to_string();
                let transport = if transport == Transport::WebSockets { Transport::LongPolling } else { transport };
                let status = session.send(transport, &call).await.unwrap().status;
                assert!(matches!(status, 200 | 404), "/send: {status}");
            }
            _ => client = None,
        }
    }
    drop(client);
}

/// A storm of requests for three connections, and the events of each life that it gave them.
async fn storm() -> Vec<Vec<What>> {
    let mut random = Random::fresh("lifetimes");
    let events = Arc::new(Mutex::new(Vec::new()));
    let hubs = HubServer::builder()
        .hub(Lives { begun: AtomicU64::new(0), events: events.clone() })
        .signing_keys(SigningKeys::generate().unwrap())
        .options(short())
        .build()
        .unwrap();
    let served = Served::hubs(&hubs).unwrap();
    let mut storms = Vec::new();
    for _ in 0..3 {
        let session = Session::negotiate(served.address(), &["lives"], "").await.unwrap();
        for _ in 0..50 {
            storms.push(tokio::spawn(interfere(session.clone(), random.split(), 12)));
        }
    }
    for storm in storms {
        storm.await.unwrap();
    }
    // The last streams are gone; what they left times out.
    until_connections(&hubs, 0).await;
    let stats = hubs.stats();
    assert_eq!((stats.groups, stats.queued_bytes), (0, 0), "{stats:?}");
    let lives = of_lives(&events).await;
    println!("{} lives, {} events", lives.len(), events.lock().len());
    assert!(lives.len() >= 3);
    lives
}

/// The events of each life, when each has its end: the last ones are under way on tasks of their own.
async fn of_lives(events: &Mutex<Vec<(u64, What)>>) -> Vec<Vec<What>> {
    let started = Instant::now();
    loop {
        let mut lives: Vec<Vec<What>> = Vec::new();
        for (life, what) in events.lock().iter() {
            let life = *life as usize;
            lives.resize_with(lives.len().max(life + 1), Vec::new);
            lives[life].push(*what);
        }
        if lives.iter().all(|life| life.iter().any(is_end)) || started.elapsed() > PATIENCE {
            return lives;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn is_end(what: &What) -> bool {
    matches!(what, What::Disconnected(_))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_life_begins_once_and_ends_once_in_a_storm() {
    for (life, events) in storm().await.iter().enumerate() {
        let connects = events.iter().filter(|what| **what == What::Connected).count();
        assert!(connects <= 1, "life {life}: {events:?}");
        assert_eq!(events.iter().filter(|what| is_end(what)).count(), 1, "life {life}: {events:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_comes_after_the_end_of_a_life() {
    let lives = storm().await;
    let overtaken = lives.iter().filter(|events| !events.last().is_some_and(is_end)).count();
    assert_eq!(overtaken, 0, "of {} lives", lives.len());
}
