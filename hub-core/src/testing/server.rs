//! The server of a test.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    panic::Location,
    sync::{Arc, Weak},
    time::Duration,
};

use super::{
    ClientBuilder, ConnectError, TestClient, TestRequest,
    expect::{PATIENCE, fail},
    shared::Shared,
};
use crate::{
    BuildError, ConnectionId, Hub, HubServer, HubType, Options, classic::ClassicMount, connection::Connection,
    lock::Mutex, raw::PersistentConnection,
};

/// How often the registry is looked at by those who wait for it.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A server without a network, with one mount for classic clients. Cheap to clone; all clones are one.
///
/// Two mounts of one [`HubServer`] are two `TestServer`s made from clones of it.
#[derive(Clone)]
pub struct TestServer(Arc<Kit>);

pub(super) struct Kit {
    served: Mutex<(HubServer, ClassicMount)>,
    options: Option<Options>,
    patience: Mutex<Duration>,
    clients: Mutex<Vec<Weak<Shared>>>,
    /// The connections that clients opened, for as long as anything of them is left.
    connections: Mutex<HashMap<ConnectionId, Weak<Connection>>>,
}

impl Kit {
    pub(super) fn mount(&self) -> ClassicMount {
        self.served.lock().1.clone()
    }

    pub(super) fn patience(&self) -> Duration {
        *self.patience.lock()
    }

    /// Notes which connection serves a client, to know later when the last of it has gone.
    pub(super) fn note_connection(&self, id: ConnectionId) {
        let found = self.served.lock().0.0.node.find(&id);
        if let Some(connection) = found {
            self.connections.lock().insert(id, Arc::downgrade(&connection));
        }
    }

    pub(super) fn add(&self, client: &Arc<Shared>) {
        let mut clients = self.clients.lock();
        clients.retain(|client| client.strong_count() > 0);
        clients.push(Arc::downgrade(client));
    }
}

impl TestServer {
    /// Mounts every hub of a server, with the server's own options.
    pub fn new(hubs: HubServer) -> Self {
        let options = Options::default();
        let mount = hubs.classic_mount(options).expect("a server's own options were looked at when it was built");
        Self::mounted(hubs, mount, None)
    }

    /// As [`new`](Self::new), with options of the mount's own.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the options contradict each other.
    pub fn with_options(hubs: HubServer, options: Options) -> Result<Self, BuildError> {
        let mount = hubs.classic_mount(options.clone())?;
        Ok(Self::mounted(hubs, mount, Some(options)))
    }

    /// Mounts a type of raw connections.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the options contradict each other, or the type's name is taken.
    pub fn raw<C: PersistentConnection>(hubs: HubServer, handler: C, options: Options) -> Result<Self, BuildError> {
        let mount = hubs.classic_connection_mount(handler, options)?;
        Ok(Self::mounted(hubs, mount, None))
    }

    fn mounted(hubs: HubServer, mount: ClassicMount, options: Option<Options>) -> Self {
        Self(Arc::new(Kit {
            served: Mutex::new((hubs, mount)),
            options,
            patience: Mutex::new(PATIENCE),
            clients: Mutex::default(),
            connections: Mutex::default(),
        }))
    }

    /// The hub server, for `hubs().hub::<ChatHub>()`, `stats`, `drain`.
    pub fn hubs(&self) -> HubServer {
        self.0.served.lock().0.clone()
    }

    /// Sets how long expectations wait for what should come. Default 10 s.
    pub fn patience(&self, patience: Duration) {
        *self.0.patience.lock() = patience;
    }

    /// A client that is to be connected, with whatever hubs, user, transport and query.
    pub fn client(&self) -> ClientBuilder {
        ClientBuilder::new(self.0.clone())
    }

    /// Connects an anonymous client that listens to one hub, over WebSockets.
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    pub async fn connect<H: HubType>(&self) -> Result<TestClient, ConnectError> {
        self.client().hub::<H>().connect().await
    }

    /// Connects a signed-in user that listens to one hub, over WebSockets.
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    pub async fn connect_as<H: HubType>(&self, user: &str) -> Result<TestClient, ConnectError> {
        self.client().hub::<H>().user(user).connect().await
    }

    /// A request that no client of the kit would send. `path` is what follows the mount: `negotiate`, `start`, `hubs`.
    pub fn request(&self, path: &str) -> TestRequest {
        TestRequest::new(self.0.clone(), path)
    }

    /// The server's process dies and another one, with these hubs, takes its place: all transports are lost, and clients that
    /// [`reconnect`](TestClient::reconnect) find the new server. The old one hears of nothing, as the dead do; its connections are
    /// known to nobody. Give both the same signing keys, or the tokens end with the first.
    ///
    /// # Panics
    ///
    /// If the options of the mount do not go with the new server.
    pub fn restart(&self, hubs: HubServer) {
        let options = self.0.options.clone().unwrap_or_default();
        let mount = hubs.classic_mount(options).expect("the options of the mount go with the new server");
        self.replace(hubs, mount);
    }

    /// As [`restart`](Self::restart), for raw connections.
    ///
    /// # Errors
    ///
    /// [`BuildError`] as for [`raw`](Self::raw); nothing has changed then.
    pub fn restart_raw<C: PersistentConnection>(
        &self,
        hubs: HubServer,
        handler: C,
        options: Options,
    ) -> Result<(), BuildError> {
        let mount = hubs.classic_connection_mount(handler, options)?;
        self.replace(hubs, mount);
        Ok(())
    }

    fn replace(&self, hubs: HubServer, mount: ClassicMount) {
        *self.0.served.lock() = (hubs, mount);
        for client in self.0.clients.lock().iter().filter_map(Weak::upgrade) {
            client.drop_link();
        }
    }

    /// Whether the server knows a connection: one that is connected, or waited for.
    pub fn knows(&self, id: ConnectionId) -> bool {
        self.hubs().0.node.find(&id).is_some()
    }

    /// Who is in a group of a hub, in no order.
    ///
    /// Servers have no such listing: an application has to keep its own. Tests may look.
    ///
    /// # Panics
    ///
    /// If the hub is not registered.
    pub fn members<H: Hub>(&self, group: &str) -> Vec<ConnectionId> {
        let hubs = self.hubs();
        let scope = hubs.0.scope_of(&H::config().name).expect("the hub is registered");
        hubs.0.node.members(scope, group)
    }

    /// Waits until a connection has ended and its disconnected events have run.
    ///
    /// The connection of a client whose transport was lost is waited for: under the default options it ends 35 s later. The events
    /// count as run when nothing of them is left; where the application keeps a context of the connection, a little later.
    ///
    /// # Panics
    ///
    /// If it does not end: by itself, a connection with a live transport never does.
    #[track_caller]
    pub fn until_disconnected(&self, id: ConnectionId) -> impl Future<Output = ()> + '_ {
        let place = Location::caller();
        async move {
            let hubs = self.hubs();
            self.0.note_connection(id);
            let connection = self.0.connections.lock().get(&id).cloned().unwrap_or_default();
            let grace = self.0.mount().settings().grace(true).max(self.0.mount().settings().grace(false));
            let patience = grace.saturating_add(self.0.patience());
            let ended = async {
                while hubs.0.node.find(&id).is_some() {
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            };
            if tokio::time::timeout(patience, ended).await.is_err() {
                fail(place, &format!("connection {id} has not ended in {patience:?}"));
            }
            let events = async {
                while connection.strong_count() > 0 {
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            };
            // Whoever keeps the connection for longer has heard of its end by now.
            let _ = tokio::time::timeout(self.0.patience(), events).await;
        }
    }
}

impl fmt::Debug for TestServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestServer").field("hubs", &self.hubs()).finish_non_exhaustive()
    }
}
