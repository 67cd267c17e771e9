//! The connection table: in memory under paused time, and in the real databases with short leases.

#![allow(clippy::unwrap_used, reason = "clippy.toml allows it in test functions, not in what these share")]

use std::{sync::Arc, time::Duration};

use hub_core::{HubServer, UserId, hub, testing::TestServer};
use hub_membership::{ConnectionRow, ConnectionStore, Connections, MemoryConnections, StoreFuture};
use tokio::sync::watch;

#[hub]
struct Chat;

#[hub]
impl Chat {
    #[hub_method]
    fn ping(&self) {}
}

/// A store that says when a server has done something to it.
#[derive(Debug)]
struct Watched {
    store: Arc<dyn ConnectionStore>,
    done: watch::Sender<()>,
}

impl Watched {
    fn then<'a, T: Send + 'a>(&'a self, doing: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        Box::pin(async {
            let result = doing.await;
            self.done.send_modify(|()| {});
            result
        })
    }

    /// Waits until something is so.
    async fn until(&self, what: &str, patience: Duration, holds: impl AsyncFn() -> bool) {
        let mut done = self.done.subscribe();
        let found = async {
            while !holds().await {
                done.changed().await.unwrap();
            }
        };
        tokio::time::timeout(patience, found).await.expect(what);
    }
}

impl ConnectionStore for Watched {
    fn write<'a>(&'a self, rows: &'a [ConnectionRow]) -> StoreFuture<'a, ()> {
        self.then(self.store.write(rows))
    }

    fn beat<'a>(&'a self, server: &'a str) -> StoreFuture<'a, bool> {
        self.then(self.store.beat(server))
    }

    fn beats(&self) -> StoreFuture<'_, Vec<(String, i64)>> {
        self.store.beats()
    }

    fn bury<'a>(&'a self, server: &'a str, beat: Option<i64>) -> StoreFuture<'a, bool> {
        self.then(self.store.bury(server, beat))
    }

    fn connections_of<'a>(&'a self, user: &'a UserId) -> StoreFuture<'a, Vec<ConnectionRow>> {
        self.store.connections_of(user)
    }

    fn connected(&self, at_most: u32) -> StoreFuture<'_, Vec<ConnectionRow>> {
        self.store.connected(at_most)
    }

    fn forget(&self, older_than: Duration) -> StoreFuture<'_, ()> {
        self.then(self.store.forget(older_than))
    }
}

fn kit(connections: &Connections) -> TestServer {
    TestServer::new(HubServer::builder().module(connections.clone()).hub(Chat).build().unwrap())
}

fn ann() -> UserId {
    UserId::new("ann").unwrap()
}

async fn rows(store: &dyn ConnectionStore) -> Vec<ConnectionRow> {
    store.connections_of(&ann()).await.unwrap()
}

/// Who is connected is in the table, with address and user agent, and who has gone is not.
async fn comes_and_goes(store: Arc<dyn ConnectionStore>) {
    let connections = Connections::builder(store.clone())
        .address(|request| request.header("x-real-ip").unwrap_or_default().to_owned())
        .start();
    let kit = kit(&connections);
    let builder =
        kit.client().hub::<Chat>().user("ann").header("x-real-ip", "192.0.2.7").header("user-agent", "a browser");
    let client = builder.connect().await.unwrap();
    let nobody = kit.client().hub::<Chat>().header("user-agent", &"\0é".repeat(400)).connect().await.unwrap();
    connections.written().await;
    let row = ConnectionRow {
        connection: client.id().as_str().to_owned(),
        user: Some(ann()),
        server: connections.server(),
        address: "192.0.2.7".to_owned(),
        user_agent: "a browser".to_owned(),
        connected: true,
    };
    assert_eq!(rows(&*store).await, std::slice::from_ref(&row));
    assert_eq!(store.connected(10).await.unwrap().len(), 2);
    assert_eq!(store.connected(1).await.unwrap().len(), 1);
    for gone in [client, nobody] {
        gone.stop().await.unwrap();
        kit.until_disconnected(gone.id()).await;
    }
    connections.written().await;
    assert_eq!(rows(&*store).await, [ConnectionRow { connected: false, ..row }]);
    assert!(store.connected(10).await.unwrap().is_empty());
    store.forget(Duration::from_secs(3_600)).await.unwrap();
    assert_eq!(rows(&*store).await.len(), 1);
    connections.close().await;
    assert!(store.beats().await.unwrap().is_empty());
}

/// A server that dies without a word leaves nobody connected when its lease is over; one that lives keeps its rows.
async fn the_dead_are_buried(store: Arc<dyn ConnectionStore>, lease: Duration) {
    let row = |id: &str, server: &str| ConnectionRow {
        connection: id.to_owned(),
        user: Some(ann()),
        server: server.to_owned(),
        address: String::new(),
        user_agent: String::new(),
        connected: true,
    };
    // What a killed server leaves behind: a beat that stands still, and its rows.
    store.beat("dead").await.unwrap();
    store.write(&[row("of the dead 1", "dead"), row("of the dead 2", "dead"), row("moved", "dead")]).await.unwrap();
    store.write(&[row("moved", "elsewhere")]).await.unwrap();
    let late = ConnectionRow { connected: false, ..row("moved", "dead") };
    store.write(&[late]).await.unwrap();
    let watched = Arc::new(Watched { store: store.clone(), done: watch::Sender::new(()) });
    let connections = Connections::builder(watched.clone()).lease(lease).start();
    let kit = kit(&connections);
    let client = kit.client().hub::<Chat>().user("ann").connect().await.unwrap();
    connections.written().await;
    let is_connected = |rows: &[ConnectionRow], id: &str| rows.iter().any(|row| row.connection == id && row.connected);
    assert!(is_connected(&rows(&*store).await, "of the dead 1"), "not before its lease is over");
    let began = tokio::time::Instant::now();
    let is_buried = async || store.beats().await.unwrap().iter().all(|(server, _)| server != "dead");
    watched.until("the dead server is buried", lease * 50, is_buried).await;
    println!("a dead server was buried after {:?} with a lease of {lease:?}", began.elapsed());
    let now = rows(&*store).await;
    assert!(!is_connected(&now, "of the dead 1") && !is_connected(&now, "of the dead 2"));
    assert!(is_connected(&now, "moved"), "what has moved to another server is that one's");
    assert!(is_connected(&now, client.id().as_str()), "who lives is not buried");
    // The others were wrong about this one: it notices, and is right again.
    assert!(store.bury(&connections.server(), None).await.unwrap());
    assert!(!is_connected(&rows(&*store).await, client.id().as_str()));
    let is_right = async || is_connected(&rows(&*store).await, client.id().as_str());
    watched.until("a server that was taken for dead writes its rows anew", lease * 50, is_right).await;
    assert!(!store.bury("nobody", None).await.unwrap());
    assert!(!store.bury(&connections.server(), Some(-1)).await.unwrap(), "its beat has grown");
    connections.close().await;
}

#[tokio::test(start_paused = true)]
async fn memory_comes_and_goes() {
    comes_and_goes(Arc::new(MemoryConnections::new())).await;
}

#[tokio::test(start_paused = true)]
async fn with_the_default_lease_the_rows_of_a_dead_server_are_right_within_a_minute() {
    let store = Arc::new(MemoryConnections::new());
    let dead = Connections::builder(store.clone()).start();
    let of_the_dead = kit(&dead);
    let client = of_the_dead.client().hub::<Chat>().user("ann").connect().await.unwrap();
    dead.written().await;
    let alive = Connections::builder(store.clone()).start();
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(store.connected(10).await.unwrap().len(), 1, "as long as it lives it is believed");
    // It dies as in a crash: its task ends, and nothing is written.
    drop((client, of_the_dead, dead));
    let died = tokio::time::Instant::now();
    while !store.connected(10).await.unwrap().is_empty() {
        assert!(died.elapsed() < Duration::from_secs(60), "still connected after a minute");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("a dead server's rows were right after {:?}", died.elapsed());
    drop(alive);
}

#[tokio::test(start_paused = true)]
async fn memory_buries_the_dead() {
    the_dead_are_buried(Arc::new(MemoryConnections::new()), Duration::from_secs(40)).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite() {
    let place = services::Sqlite::place();
    let store = hub_membership::SqliteStore::open(place.path()).await.unwrap();
    comes_and_goes(Arc::new(store.clone())).await;
    the_dead_are_buried(Arc::new(store.clone()), Duration::from_millis(400)).await;
    store.close().await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres() {
    let service = services::Postgres::start();
    let store = Arc::new(hub_membership::PostgresStore::connect(&service.url()).await.unwrap());
    comes_and_goes(store.clone()).await;
    the_dead_are_buried(store, Duration::from_millis(400)).await;
}
