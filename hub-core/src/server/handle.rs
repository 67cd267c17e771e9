//! The built server.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{HubServerBuilder, Options, Scope, ScopeId, Settings};
use crate::{
    classic::ClassicMount,
    connection::Node,
    core::{CoreMount, SpentTokens, mounted::Mounted},
    dispatch::AnyHub,
    hub::{Hub, HubHandle, Questions},
    lock::{Mutex, RwLock},
    pipeline::{Chain, OutgoingCall},
    raw::AnyPersistentConnection,
    rejoin::TokenAuthority,
};

/// Hubs, their groups and connections, and the keys that sign their tokens. Cheap to clone; all clones are one server.
///
/// A server shares one order of messages and one set of groups among all of its mounts. What must not hear each other is another server.
#[derive(Clone)]
pub struct HubServer(pub(crate) Arc<Server>);

/// A hub as the server keeps it.
pub(crate) struct ServedHub {
    pub scope: Scope,
    pub hub: Arc<dyn AnyHub>,
    pub options: Options,
    pub chain: Chain,
}

/// A type of raw connections.
#[derive(Clone)]
pub(crate) struct RawType {
    pub scope: Scope,
    pub handler: Arc<dyn AnyPersistentConnection>,
}

pub(crate) struct Server {
    pub node: Node,
    pub options: Options,
    pub settings: Settings,
    pub tokens: TokenAuthority,
    pub hubs: Vec<ServedHub>,
    pub by_name: HashMap<String, usize>,
    /// Types of raw connections, mounted after the server was built; their scopes follow those of the hubs.
    pub raw: RwLock<Vec<RawType>>,
    /// For a drain: the node does not know the raw connections of core clients, nor those that have not shaken hands.
    pub core_mounts: Mutex<Vec<Weak<Mounted>>>,
    /// What clients have been asked and have not answered.
    pub questions: Questions,
    /// Which rejoin tokens of core clients are still good.
    pub spent: SpentTokens,
    pub draining: AtomicBool,
    pub(super) watch: OnceLock<()>,
    /// For a stage that no hub has: raw connections.
    pub(super) no_modules: Chain,
}

impl Server {
    pub(crate) fn hub(&self, scope: ScopeId) -> Option<&ServedHub> {
        self.hubs.get(scope.index())
    }

    pub(crate) fn raw(&self, scope: ScopeId) -> Option<RawType> {
        let at = scope.index().checked_sub(self.hubs.len())?;
        self.raw.read().get(at).cloned()
    }

    /// The name of any scope.
    pub(crate) fn scope(&self, scope: ScopeId) -> Option<Scope> {
        self.hub(scope).map(|hub| hub.scope.clone()).or_else(|| self.raw(scope).map(|raw| raw.scope))
    }

    /// The scope of this registered name.
    pub(crate) fn scope_of(&self, name: &str) -> Option<ScopeId> {
        if let Some(at) = self.by_name.get(&name.to_lowercase())
            && self.hubs.get(*at).is_some_and(|hub| hub.scope.name() == name)
        {
            return Some(ScopeId::new(*at));
        }
        self.raw.read().iter().find(|raw| raw.scope.name() == name).map(|raw| raw.scope.id())
    }

    /// The hub of this name, ignoring case.
    pub(crate) fn hub_named(&self, name: &str) -> Option<&ServedHub> {
        let at = match self.by_name.get(name) {
            Some(at) => at,
            None => self.by_name.get(&name.to_lowercase())?,
        };
        self.hubs.get(*at)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// The outgoing stages of a scope.
    pub(crate) fn outgoing(&self, scope: &Scope) -> OutgoingStages<'_> {
        OutgoingStages(self.hub(scope.id()).map_or(&self.no_modules, |hub| &hub.chain))
    }
}

/// The way of a client call through the modules of its hub.
pub(crate) struct OutgoingStages<'a>(&'a Chain);

impl OutgoingStages<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        !self.0.has_outgoing()
    }

    pub(crate) fn run(
        &self,
        call: OutgoingCall<'_>,
        end: &dyn Fn(OutgoingCall<'_>) -> Result<(), crate::hub::SendError>,
    ) -> Result<(), crate::hub::SendError> {
        self.0.outgoing(end).run(call)
    }
}

impl HubServer {
    /// Begins a server.
    pub fn builder() -> HubServerBuilder {
        HubServerBuilder::default()
    }

    /// A hub from outside its methods: its clients and groups.
    ///
    /// # Panics
    ///
    /// If no hub of this type was registered: a mistake in the program, not in its input. [`HubServer::try_hub`] asks.
    pub fn hub<H: Hub>(&self) -> HubHandle<H> {
        let name = H::config().name;
        self.try_hub().ok_or_else(|| format!("no hub `{name}`")).expect("a hub is registered before it is asked for")
    }

    /// As [`HubServer::hub`], or `None` if there is no such hub.
    pub fn try_hub<H: Hub>(&self) -> Option<HubHandle<H>> {
        let id = std::any::TypeId::of::<H>();
        let served = self.0.hubs.iter().find(|served| AnyHub::type_id(&*served.hub) == id)?;
        Some(HubHandle::new(self.0.clone(), served.scope.clone()))
    }

    /// A mount for classic clients, for a crate that serves HTTP: every hub on one path.
    ///
    /// # Errors
    ///
    /// [`BuildError`](super::BuildError) if the options contradict each other.
    pub fn classic_mount(&self, options: Options) -> Result<ClassicMount, super::BuildError> {
        ClassicMount::hubs(self.0.clone(), options)
    }

    /// A mount of raw connections for classic clients.
    ///
    /// # Errors
    ///
    /// [`BuildError`](super::BuildError) if the options contradict each other, or the type's name is taken.
    pub fn classic_connection_mount<C: crate::raw::PersistentConnection>(
        &self,
        handler: C,
        options: Options,
    ) -> Result<ClassicMount, super::BuildError> {
        ClassicMount::raw(self.0.clone(), handler, options)
    }

    /// A mount of one hub for core clients.
    ///
    /// # Errors
    ///
    /// [`BuildError`](super::BuildError) if the hub is not registered, or the options contradict each other.
    pub fn core_mount<H: Hub>(&self, options: Options) -> Result<CoreMount, super::BuildError> {
        CoreMount::hub::<H>(self.0.clone(), options)
    }

    /// A mount of raw connections for core clients.
    ///
    /// # Errors
    ///
    /// [`BuildError`](super::BuildError) if the options contradict each other.
    pub fn core_connection_mount<C: crate::raw::ConnectionHandler>(
        &self,
        handler: C,
        options: Options,
    ) -> Result<CoreMount, super::BuildError> {
        CoreMount::raw(self.0.clone(), handler, options)
    }

    /// What holds where neither a hub nor a mount says otherwise.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The key ring, for rotation without a restart.
    pub fn signing_keys(&self) -> &crate::rejoin::SigningKeys {
        self.0.tokens.keys()
    }

    /// How much the server holds at the moment.
    pub fn stats(&self) -> Stats {
        let (connections, groups, log_entries, log_bytes) = self.0.node.counts();
        Stats { connections, groups, log_entries, log_bytes, queued_bytes: self.0.node.queued_bytes() }
    }
}

/// Counts of what a server holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Connections, those waiting for their clients included.
    pub connections: usize,
    /// Groups with at least one member.
    pub groups: usize,
    /// Messages kept for clients that come back.
    pub log_entries: usize,
    /// Their bytes, bookkeeping included.
    pub log_bytes: usize,
    /// Bytes that wait to be written.
    pub queued_bytes: usize,
}

impl fmt::Debug for HubServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubServer")
            .field("hubs", &self.0.hubs.iter().map(|hub| hub.scope.name()).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Server")
    }
}
