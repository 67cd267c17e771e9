//! Who is connected, from where, with which user agent: a table that stays right when a server dies.
//!
//! | file | subject |
//! |---|---|
//! | `keeper` | the one task of a server: writes what changed, says that the server lives, buries those that do not |
//! | `memory` | a table in memory, for tests |
//!
//! Each server has rows of its own and a *beat* that grows. No clock is compared with another one: who has seen the beat of a server stand
//! still for the length of a lease, by its own clock, takes the server for dead and turns its rows to disconnected. A server that was only slow notices, and writes its rows anew.

mod keeper;
mod memory;

use std::{fmt, sync::Arc, time::Duration};

use hub_core::{
    HubModule, HubResult, Request, UserId, hub_module,
    pipeline::{ConnectionEvent, EventNext},
};

use self::keeper::Keeper;
pub use self::memory::MemoryConnections;
use crate::StoreFuture;

/// A connection, as the table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRow {
    /// Its id.
    pub connection: String,
    /// Whose it is.
    pub user: Option<UserId>,
    /// Which server it is connected to, by the id that the server has taken for its life.
    pub server: String,
    /// Where it comes from, as [`ConnectionsBuilder::address`] tells; at most 256 bytes.
    pub address: String,
    /// What its client calls itself; at most 512 bytes.
    pub user_agent: String,
    /// Whether it is there.
    pub connected: bool,
}

/// Keeps the table.
pub trait ConnectionStore: fmt::Debug + Send + Sync + 'static {
    /// Writes rows, in the place of those with the same ids. That a connection has ended changes nothing if it is on another server by now.
    fn write<'a>(&'a self, rows: &'a [ConnectionRow]) -> StoreFuture<'a, ()>;

    /// Lets the beat of a server grow. False if the server was not known, and is from now on.
    fn beat<'a>(&'a self, server: &'a str) -> StoreFuture<'a, bool>;

    /// The servers that are known, and their beats.
    fn beats(&self) -> StoreFuture<'_, Vec<(String, i64)>>;

    /// Forgets a server and turns its rows to disconnected, in one step; with a beat, only if it is still at that one. Whether it was so.
    fn bury<'a>(&'a self, server: &'a str, beat: Option<i64>) -> StoreFuture<'a, bool>;

    /// The connections of a user, those that have ended included, in the order of their ids.
    fn connections_of<'a>(&'a self, user: &'a UserId) -> StoreFuture<'a, Vec<ConnectionRow>>;

    /// Who is connected, in the order of the ids.
    fn connected(&self, at_most: u32) -> StoreFuture<'_, Vec<ConnectionRow>>;

    /// Drops the rows of connections that ended longer ago than this.
    fn forget(&self, older_than: Duration) -> StoreFuture<'_, ()>;
}

type Address = Arc<dyn Fn(&Request) -> String + Send + Sync>;

/// A [`Connections`] that is being put together.
#[derive(Clone)]
#[must_use]
pub struct ConnectionsBuilder {
    store: Arc<dyn ConnectionStore>,
    lease: Duration,
    kept: Duration,
    max_rows: usize,
    address: Option<Address>,
}

impl ConnectionsBuilder {
    /// How long a server may be silent until the others take it for dead. It beats four times in that time, and others look as often, so
    /// its rows are right after one and a quarter of it. Default 40 s.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_millis(4));
        self
    }

    /// How long rows of connections that have ended are kept. Default a day.
    pub fn keep_ended(mut self, kept: Duration) -> Self {
        self.kept = kept;
        self
    }

    /// How many rows this server holds, those that wait to be written included. Default 200,000.
    pub fn max_rows(mut self, rows: usize) -> Self {
        self.max_rows = rows.max(1);
        self
    }

    /// Where a connection comes from, by its request: a header of your proxy, say. By default nothing is said, as a header that anybody can write is no address.
    pub fn address(mut self, address: impl Fn(&Request) -> String + Send + Sync + 'static) -> Self {
        self.address = Some(Arc::new(address));
        self
    }

    /// Makes the module and begins its task, which ends with the last clone of the module.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use]
    pub fn start(self) -> Connections {
        let address = self.address.clone();
        Connections { keeper: Arc::new(Keeper::start(self.store, self.lease, self.kept, self.max_rows)), address }
    }
}

impl fmt::Debug for ConnectionsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionsBuilder")
            .field("store", &self.store)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

/// A pipeline module that keeps the table. Events do not wait for it: rows are written together, soon after, and again if the store fails.
/// A clone is the same module.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use hub_core::{HubServer, hub};
/// use hub_membership::{Connections, MemoryConnections};
///
/// #[hub]
/// struct Chat;
/// # #[hub]
/// # impl Chat { #[hub_method] fn ping(&self) {} }
///
/// // `SqliteStore` and `PostgresStore` keep it, too.
/// let table = Arc::new(MemoryConnections::new());
/// let connections = Connections::builder(table.clone()).start();
/// let hubs = HubServer::builder().module(connections.clone()).hub(Chat).build()?;
/// // .. and when the server has drained:
/// connections.close().await;
/// # let _ = hubs;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Connections {
    keeper: Arc<Keeper>,
    address: Option<Address>,
}

impl Connections {
    /// Begins one.
    pub fn builder(store: Arc<dyn ConnectionStore>) -> ConnectionsBuilder {
        ConnectionsBuilder {
            store,
            lease: Duration::from_secs(40),
            kept: Duration::from_secs(24 * 60 * 60),
            max_rows: 200_000,
            address: None,
        }
    }

    /// The id that this server has taken.
    pub fn server(&self) -> String {
        self.keeper.server()
    }

    /// Waits until all that happened up to now is written, however long the store is away.
    pub async fn written(&self) {
        self.keeper.written().await;
    }

    /// Writes at the end of the server that nobody is connected to it any more. If that cannot be done, the lease does it.
    pub async fn close(&self) {
        self.keeper.close().await;
    }

    fn note(&self, event: &ConnectionEvent<'_>, connected: bool) {
        let address = self.address.as_ref().map(|address| address(event.request)).unwrap_or_default();
        let user_agent = event.request.header("user-agent").unwrap_or_default().to_owned();
        self.keeper.note(ConnectionRow {
            connection: event.connection.as_str().to_owned(),
            user: event.user().map(|user| user.id().clone()),
            server: String::new(),
            address: cut(address, 256),
            user_agent: cut(user_agent, 512),
            connected,
        });
    }
}

fn cut(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}

#[hub_module]
impl HubModule for Connections {
    async fn connect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        self.note(&event, true);
        next.run(event).await
    }

    async fn reconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        self.note(&event, true);
        next.run(event).await
    }

    async fn disconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        self.note(&event, false);
        next.run(event).await
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("server", &self.server()).finish_non_exhaustive()
    }
}
