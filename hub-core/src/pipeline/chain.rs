//! Modules without their types, and the way through them.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use super::{
    Authorization, ConnectionEvent, HubModule, IncomingCall, MembershipChange, OutgoingCall, Rejoining, Stages,
};
use crate::{
    dispatch::{CallFuture, Completion},
    groups::GroupName,
    hub::{HubResult, SendError},
};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`HubModule`] as an object.
pub(crate) trait AnyModule: Send + Sync {
    fn incoming<'a>(&'a self, call: IncomingCall<'a>, next: IncomingNext<'a>) -> Boxed<'a, Completion>;
    fn outgoing(&self, call: OutgoingCall<'_>, next: OutgoingNext<'_>) -> Result<(), SendError>;
    fn connect<'a>(&'a self, event: ConnectionEvent<'a>, next: EventNext<'a>) -> Boxed<'a, HubResult>;
    fn reconnect<'a>(&'a self, event: ConnectionEvent<'a>, next: EventNext<'a>) -> Boxed<'a, HubResult>;
    fn disconnect<'a>(&'a self, event: ConnectionEvent<'a>, next: EventNext<'a>) -> Boxed<'a, HubResult>;
    fn authorize_connect<'a>(
        &'a self,
        authorization: Authorization<'a>,
        next: AuthorizeConnectNext<'a>,
    ) -> Boxed<'a, bool>;
    fn authorize_method<'a>(
        &'a self,
        authorization: Authorization<'a>,
        next: AuthorizeMethodNext<'a>,
    ) -> Boxed<'a, bool>;
    fn rejoining_groups<'a>(
        &'a self,
        rejoining: Rejoining<'a>,
        next: RejoiningNext<'a>,
    ) -> Boxed<'a, HubResult<Vec<GroupName>>>;
    fn change_membership<'a>(
        &'a self,
        change: MembershipChange<'a>,
        next: ChangeMembershipNext<'a>,
    ) -> Boxed<'a, HubResult>;
}

impl<M: HubModule> AnyModule for M {
    fn incoming<'a>(&'a self, call: IncomingCall<'a>, next: IncomingNext<'a>) -> Boxed<'a, Completion> {
        Box::pin(HubModule::incoming(self, call, next))
    }

    fn outgoing(&self, call: OutgoingCall<'_>, next: OutgoingNext<'_>) -> Result<(), SendError> {
        HubModule::outgoing(self, call, next)
    }

    fn connect<'a>(&'a self, event: ConnectionEvent<'a>, next: EventNext<'a>) -> Boxed<'a, HubResult> {
        Box::pin(HubModule::connect(self, event, next))
    }

    fn reconnect<'a>(&'a self, event: ConnectionEvent<'a>, next: EventNext<'a>) -> Boxed<'a, HubResult> {
        Box::pin(HubModule::reconnect(self, event, next))
    }

    fn disconnect<'a>(&'a self, event: ConnectionEvent<'a>, next: EventNext<'a>) -> Boxed<'a, HubResult> {
        Box::pin(HubModule::disconnect(self, event, next))
    }

    fn authorize_connect<'a>(
        &'a self,
        authorization: Authorization<'a>,
        next: AuthorizeConnectNext<'a>,
    ) -> Boxed<'a, bool> {
        Box::pin(HubModule::authorize_connect(self, authorization, next))
    }

    fn authorize_method<'a>(
        &'a self,
        authorization: Authorization<'a>,
        next: AuthorizeMethodNext<'a>,
    ) -> Boxed<'a, bool> {
        Box::pin(HubModule::authorize_method(self, authorization, next))
    }

    fn rejoining_groups<'a>(
        &'a self,
        rejoining: Rejoining<'a>,
        next: RejoiningNext<'a>,
    ) -> Boxed<'a, HubResult<Vec<GroupName>>> {
        Box::pin(HubModule::rejoining_groups(self, rejoining, next))
    }

    fn change_membership<'a>(
        &'a self,
        change: MembershipChange<'a>,
        next: ChangeMembershipNext<'a>,
    ) -> Boxed<'a, HubResult> {
        Box::pin(HubModule::change_membership(self, change, next))
    }
}

#[derive(Clone)]
struct Listed {
    module: Arc<dyn AnyModule>,
    stages: Stages,
}

/// Modules in the order they were added.
#[derive(Clone, Default)]
pub struct Modules(Vec<Listed>);

impl Modules {
    /// Adds a module inside those added before.
    pub fn add<M: HubModule>(&mut self, module: M) {
        self.0.push(Listed { module: Arc::new(module), stages: M::STAGES });
    }

    pub(crate) fn extend(&mut self, inner: &Self) {
        self.0.extend(inner.0.iter().cloned());
    }
}

impl fmt::Debug for Modules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Modules({})", self.0.len())
    }
}

type List = Box<[Arc<dyn AnyModule>]>;

/// The modules of a hub, stage by stage: a stage that no module takes part in has none.
pub(crate) struct Chain {
    incoming: List,
    outgoing: List,
    connect: List,
    reconnect: List,
    disconnect: List,
    authorize_connect: List,
    authorize_method: List,
    rejoining_groups: List,
    change_membership: List,
}

impl Chain {
    pub(crate) fn new(modules: &Modules) -> Self {
        let of = |stage: Stages| -> List {
            modules
                .0
                .iter()
                .filter(|listed| listed.stages.contains(stage))
                .map(|listed| listed.module.clone())
                .collect()
        };
        Self {
            incoming: of(Stages::INCOMING),
            outgoing: of(Stages::OUTGOING),
            connect: of(Stages::CONNECT),
            reconnect: of(Stages::RECONNECT),
            disconnect: of(Stages::DISCONNECT),
            authorize_connect: of(Stages::AUTHORIZE_CONNECT),
            authorize_method: of(Stages::AUTHORIZE_METHOD),
            rejoining_groups: of(Stages::REJOINING_GROUPS),
            change_membership: of(Stages::CHANGE_MEMBERSHIP),
        }
    }

    /// Whether client calls pass through anything on their way out.
    pub(crate) fn has_outgoing(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Whether calls pass through anything on their way in.
    pub(crate) fn has_incoming(&self) -> bool {
        !self.incoming.is_empty()
    }

    pub(crate) fn incoming(&self, method: CallFuture) -> IncomingNext<'_> {
        IncomingNext { modules: &self.incoming, method }
    }

    pub(crate) fn outgoing<'a>(
        &'a self,
        end: &'a dyn Fn(OutgoingCall<'_>) -> Result<(), SendError>,
    ) -> OutgoingNext<'a> {
        OutgoingNext { modules: &self.outgoing, end }
    }

    pub(crate) fn connect<'a>(&'a self, end: Boxed<'a, HubResult>) -> EventNext<'a> {
        EventNext { modules: &self.connect, stage: Stage::Connect, end }
    }

    pub(crate) fn reconnect<'a>(&'a self, end: Boxed<'a, HubResult>) -> EventNext<'a> {
        EventNext { modules: &self.reconnect, stage: Stage::Reconnect, end }
    }

    pub(crate) fn disconnect<'a>(&'a self, end: Boxed<'a, HubResult>) -> EventNext<'a> {
        EventNext { modules: &self.disconnect, stage: Stage::Disconnect, end }
    }

    pub(crate) fn authorize_connect(&self) -> AuthorizeConnectNext<'_> {
        AuthorizeConnectNext { modules: &self.authorize_connect }
    }

    pub(crate) fn authorize_method(&self) -> AuthorizeMethodNext<'_> {
        AuthorizeMethodNext { modules: &self.authorize_method }
    }

    pub(crate) fn rejoining_groups(&self) -> RejoiningNext<'_> {
        RejoiningNext { modules: &self.rejoining_groups }
    }

    pub(crate) fn change_membership<'a>(
        &'a self,
        end: &'a (dyn Fn(MembershipChange<'_>) -> HubResult + Send + Sync),
    ) -> ChangeMembershipNext<'a> {
        ChangeMembershipNext { modules: &self.change_membership, end }
    }
}

/// The rest of the way of a call: inner modules, then the method.
pub struct IncomingNext<'a> {
    modules: &'a [Arc<dyn AnyModule>],
    method: CallFuture,
}

impl IncomingNext<'_> {
    /// Goes on.
    pub async fn run(self, call: IncomingCall<'_>) -> Completion {
        match self.modules.split_first() {
            Some((module, modules)) => module.incoming(call, IncomingNext { modules, method: self.method }).await,
            None => self.method.await,
        }
    }
}

/// The rest of the way of a client call: inner modules, then the log.
pub struct OutgoingNext<'a> {
    modules: &'a [Arc<dyn AnyModule>],
    end: &'a dyn Fn(OutgoingCall<'_>) -> Result<(), SendError>,
}

impl OutgoingNext<'_> {
    /// Goes on.
    ///
    /// # Errors
    ///
    /// What an inner module, or sending, fails with.
    pub fn run(self, call: OutgoingCall<'_>) -> Result<(), SendError> {
        match self.modules.split_first() {
            Some((module, modules)) => module.outgoing(call, OutgoingNext { modules, end: self.end }),
            None => (self.end)(call),
        }
    }
}

#[derive(Clone, Copy)]
enum Stage {
    Connect,
    Reconnect,
    Disconnect,
}

/// The rest of the way of an event: inner modules, then the hub's own methods.
pub struct EventNext<'a> {
    modules: &'a [Arc<dyn AnyModule>],
    stage: Stage,
    end: Boxed<'a, HubResult>,
}

impl EventNext<'_> {
    /// Goes on.
    ///
    /// # Errors
    ///
    /// What an inner module or the hub fails with.
    pub async fn run(self, event: ConnectionEvent<'_>) -> HubResult {
        match self.modules.split_first() {
            Some((module, modules)) => {
                let next = EventNext { modules, stage: self.stage, end: self.end };
                match self.stage {
                    Stage::Connect => module.connect(event, next).await,
                    Stage::Reconnect => module.reconnect(event, next).await,
                    Stage::Disconnect => module.disconnect(event, next).await,
                }
            }
            None => self.end.await,
        }
    }
}

/// The rest of the modules that have a say in who may connect. Behind the last of them the answer is yes.
pub struct AuthorizeConnectNext<'a> {
    modules: &'a [Arc<dyn AnyModule>],
}

impl AuthorizeConnectNext<'_> {
    /// Goes on.
    pub async fn run(self, authorization: Authorization<'_>) -> bool {
        match self.modules.split_first() {
            Some((module, modules)) => module.authorize_connect(authorization, AuthorizeConnectNext { modules }).await,
            None => true,
        }
    }
}

/// The rest of the modules that have a say in who may call. Behind the last of them the answer is yes.
pub struct AuthorizeMethodNext<'a> {
    modules: &'a [Arc<dyn AnyModule>],
}

impl AuthorizeMethodNext<'_> {
    /// Goes on.
    pub async fn run(self, authorization: Authorization<'_>) -> bool {
        match self.modules.split_first() {
            Some((module, modules)) => module.authorize_method(authorization, AuthorizeMethodNext { modules }).await,
            None => true,
        }
    }
}

/// The rest of the modules that have a say in what is rejoined. Behind the last of them it is what was asked for.
pub struct RejoiningNext<'a> {
    modules: &'a [Arc<dyn AnyModule>],
}

impl RejoiningNext<'_> {
    /// Goes on.
    ///
    /// # Errors
    ///
    /// What an inner module fails with.
    pub async fn run(self, rejoining: Rejoining<'_>) -> HubResult<Vec<GroupName>> {
        match self.modules.split_first() {
            Some((module, modules)) => module.rejoining_groups(rejoining, RejoiningNext { modules }).await,
            None => Ok(rejoining.groups),
        }
    }
}

/// The rest of the modules that a change of a user's membership passes. Behind the last of them it takes effect.
pub struct ChangeMembershipNext<'a> {
    modules: &'a [Arc<dyn AnyModule>],
    end: &'a (dyn Fn(MembershipChange<'_>) -> HubResult + Send + Sync),
}

impl ChangeMembershipNext<'_> {
    /// Goes on.
    ///
    /// # Errors
    ///
    /// What an inner module fails with, or a connection that is in as many groups as it may be.
    pub async fn run(self, change: MembershipChange<'_>) -> HubResult {
        match self.modules.split_first() {
            Some((module, modules)) => {
                module.change_membership(change, ChangeMembershipNext { modules, end: self.end }).await
            }
            None => (self.end)(change),
        }
    }
}

macro_rules! debug_next {
    ($($next:ident),*) => {$(
        impl fmt::Debug for $next<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($next), "({} modules)"), self.modules.len())
            }
        }
    )*};
}

debug_next!(
    IncomingNext,
    OutgoingNext,
    EventNext,
    AuthorizeConnectNext,
    AuthorizeMethodNext,
    RejoiningNext,
    ChangeMembershipNext
);
