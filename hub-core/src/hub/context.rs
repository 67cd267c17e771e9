//! The context of one call or event.

use std::{
    borrow::Borrow,
    fmt,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    connection::{Connection, ConnectionId, Items},
    hub::{Caller, CallerState, CancellationToken, Clients, Groups, HubType, Progress, Request, StateBag, User},
    lock::Mutex,
    protocol::{Encoding, classic::InvocationId},
    server::{Scope, Server},
};

/// What one call or event shares, whatever the hub's type. One allocation for each call.
pub(crate) struct CallScope {
    pub server: Arc<Server>,
    pub scope: Scope,
    pub connection: Arc<Connection>,
    pub request: Request,
    /// The client's state; none until somebody looks.
    pub state: Mutex<StateBag>,
    /// The invocation, for progress; none in an event.
    pub invocation: Option<InvocationId>,
    /// Set when the call has its result: progress after it is an error.
    pub completed: AtomicBool,
    /// What its result is to be encoded in.
    pub encoding: Encoding,
    /// Fires when the call is cancelled or its connection ends.
    pub cancellation: CancellationToken,
    /// Its turn among the calls of the connection, if it needs one.
    pub turn: Mutex<Option<OwnedSemaphorePermit>>,
    /// Whether the client may be asked: not while nobody reads what it says.
    pub may_ask: bool,
    /// Where the items of a stream go; none if the call wants no stream.
    pub items: Option<ItemSink>,
}

type FrameItem = dyn Fn(&[u8]) -> Bytes + Send + Sync;

/// Where the items of one stream go.
pub(crate) struct ItemSink {
    /// Whether the stream has begun: an error after that is one of the stream.
    begun: AtomicBool,
    /// Puts an item into its frame.
    frame: Box<FrameItem>,
}

impl ItemSink {
    pub(crate) fn new(frame: impl Fn(&[u8]) -> Bytes + Send + Sync + 'static) -> Self {
        Self { begun: AtomicBool::new(false), frame: Box::new(frame) }
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }
}

impl CallScope {
    /// A call, or an event, that can do nothing special.
    pub(crate) fn new(server: Arc<Server>, scope: Scope, connection: Arc<Connection>, request: Request) -> Self {
        Self {
            server,
            scope,
            cancellation: connection.ended.child(),
            connection,
            request,
            state: Mutex::new(StateBag::default()),
            invocation: None,
            completed: AtomicBool::new(false),
            encoding: Encoding::Json,
            turn: Mutex::new(None),
            may_ask: true,
            items: None,
        }
    }

    pub(crate) fn begin_stream(&self) {
        if let Some(items) = &self.items {
            items.begun.store(true, Ordering::Release);
        }
    }

    /// Sends an item to the caller, when there is room for it.
    pub(crate) async fn item(&self, item: &[u8]) {
        if let Some(items) = &self.items {
            // A stream that is always ready would never give another task its turn, nor notice that nobody wants it any more.
            tokio::task::coop::consume_budget().await;
            self.server.node.reply_when_room(&self.connection, (items.frame)(item)).await;
        }
    }

    /// Lets another call of the connection have this one's turn; none if it has none.
    pub(crate) fn give_turn_away(self: Arc<Self>) -> Option<AwayTurn> {
        let turn = self.turn.lock().take()?;
        drop(turn);
        Some(AwayTurn(self))
    }
}

/// The turn of a call that was given away.
pub(crate) struct AwayTurn(Arc<CallScope>);

impl AwayTurn {
    /// Waits until the call has its turn again. One that has ended meanwhile needs none.
    pub(crate) async fn take_again(self) {
        let Ok(turn) = self.0.connection.calls.clone().acquire_owned().await else { return };
        let mut slot = self.0.turn.lock();
        if !self.0.completed.load(Ordering::Acquire) {
            *slot = Some(turn);
        }
    }
}

/// Who calls, and what a hub method can reach: its clients, its groups, the request.
///
/// A hub method takes it, or a part of it, by reference: `cx: &HubContext<Self>`, `clients: &Clients<Self>`,
/// `groups: &Groups<Self>`, `caller: &Caller`.
pub struct HubContext<H> {
    pub(crate) scope: Arc<CallScope>,
    hub: PhantomData<fn() -> H>,
}

impl<H> HubContext<H> {
    pub(crate) fn new(scope: Arc<CallScope>) -> Self {
        Self { scope, hub: PhantomData }
    }
}

impl<H: HubType> HubContext<H> {
    /// The caller's connection.
    pub fn connection_id(&self) -> ConnectionId {
        self.scope.connection.id
    }

    /// The caller's user, if it is signed in.
    pub fn user(&self) -> Option<&User> {
        self.scope.request.user()
    }

    /// The caller's name, or an empty text.
    pub fn user_name(&self) -> &str {
        self.user().map_or("", User::name)
    }

    /// The hub's name on the wire.
    pub fn hub_name(&self) -> &str {
        self.scope.scope.name()
    }

    /// Proxies for the hub's clients.
    pub fn clients(&self) -> Clients<H> {
        Clients::new(self.scope.clone())
    }

    /// The hub's groups.
    pub fn groups(&self) -> Groups<H> {
        Groups::new(self.scope.server.clone(), self.scope.scope.clone())
    }

    /// Who calls.
    pub fn caller(&self) -> Caller {
        Caller::new(self.scope.clone())
    }

    /// The request at hand.
    pub fn request(&self) -> &Request {
        &self.scope.request
    }

    /// The state that the client keeps for this hub and sends with its calls.
    pub fn state(&self) -> CallerState {
        CallerState::new(self.scope.clone())
    }

    /// Values kept as long as this node knows the connection.
    pub fn items(&self) -> &Items {
        &self.scope.connection.items
    }

    /// Fires when the call is cancelled or its connection ends.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.scope.cancellation
    }

    /// Ends the caller's connection from the server. It is told so where its wire has words for it.
    pub fn abort(&self) {
        self.scope.server.end(&self.scope.connection, crate::connection::DisconnectReason::Aborted);
    }

    /// In a disconnected event, what ended the connection, if that was a failure. It may repeat what a client sent.
    pub fn disconnect_error(&self) -> Option<&str> {
        self.scope.connection.failure.get().map(|failure| &**failure)
    }
}

impl<H> Clone for HubContext<H> {
    fn clone(&self) -> Self {
        Self { scope: self.scope.clone(), hub: PhantomData }
    }
}

impl<H> fmt::Debug for HubContext<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubContext")
            .field("hub", &self.scope.scope.name())
            .field("connection", &self.scope.connection.id)
            .finish()
    }
}

/// Gives a hub method a reference that it asks for. Parameters taken by value come off the wire instead.
#[diagnostic::on_unimplemented(
    message = "`&{T}` is not part of a call's context",
    label = "a parameter taken by reference is injected",
    note = "take it by value to read it from the wire: `String` in place of `&str`, `Vec<T>` in place of `&[T]`",
    note = "injected are `&HubContext<Self>`, `&Clients<Self>`, `&Groups<Self>`, `&Caller`, `&CallerState`, `&CancellationToken`, `&Progress<T>`, `&Request` and `&Items`"
)]
pub trait Provide<T: ?Sized> {
    /// A reference, or something that lends one.
    type Handle<'a>: Borrow<T>
    where
        Self: 'a;
    /// Gives it.
    fn provide(&self) -> Self::Handle<'_>;
}

impl<H: HubType> Provide<HubContext<H>> for HubContext<H> {
    type Handle<'a> = &'a HubContext<H>;
    fn provide(&self) -> &HubContext<H> {
        self
    }
}

impl<H: HubType> Provide<Clients<H>> for HubContext<H> {
    type Handle<'a> = Clients<H>;
    fn provide(&self) -> Clients<H> {
        self.clients()
    }
}

impl<H: HubType> Provide<Groups<H>> for HubContext<H> {
    type Handle<'a> = Groups<H>;
    fn provide(&self) -> Groups<H> {
        self.groups()
    }
}

impl<H: HubType> Provide<Caller> for HubContext<H> {
    type Handle<'a> = Caller;
    fn provide(&self) -> Caller {
        self.caller()
    }
}

impl<H: HubType> Provide<CallerState> for HubContext<H> {
    type Handle<'a> = CallerState;
    fn provide(&self) -> CallerState {
        self.state()
    }
}

impl<H: HubType> Provide<Request> for HubContext<H> {
    type Handle<'a> = &'a Request;
    fn provide(&self) -> &Request {
        self.request()
    }
}

impl<H: HubType> Provide<CancellationToken> for HubContext<H> {
    type Handle<'a> = &'a CancellationToken;
    fn provide(&self) -> &CancellationToken {
        self.cancellation()
    }
}

impl<H: HubType> Provide<Items> for HubContext<H> {
    type Handle<'a> = &'a Items;
    fn provide(&self) -> &Items {
        self.items()
    }
}

impl<H: HubType, T: serde::Serialize> Provide<Progress<T>> for HubContext<H> {
    type Handle<'a> = Progress<T>;
    fn provide(&self) -> Progress<T> {
        Progress::new(self.scope.clone())
    }
}
