//! One connection: who it is, what it is a member of, and the stream that serves it at the moment.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::sync::{Notify, Semaphore};

use super::{
    ConnectionId, Items, Kept, Life,
    outbox::Outbox,
    turns::{Turn, Turns},
};
use crate::{
    agenda::Place,
    groups::{GroupName, UserId},
    hub::{CancellationToken, Request, User},
    lock::Mutex,
    log::Seq,
    protocol::Wire,
    server::{OutboxLimits, ScopeId, SlowClientPolicy},
};

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The client said that it leaves.
    StopCalled,
    /// The transport was lost and the client did not come back in time.
    TimedOut,
    /// It did not take what was sent to it, and the slow-client policy is to disconnect.
    SlowClient,
    /// Its connected event failed.
    ConnectedFailed,
    /// The server's own code ended it.
    Aborted,
    /// The client broke the rules of its wire; [`HubContext::disconnect_error`](crate::HubContext::disconnect_error) says which.
    Fault,
    /// The server shut down.
    Shutdown,
}

impl DisconnectReason {
    /// Whether the client or the server decided on the end, rather than the link or its client failing. This is the
    /// `stopCalled` of the classic generation.
    pub fn is_deliberate(self) -> bool {
        match self {
            Self::StopCalled | Self::ConnectedFailed | Self::Aborted | Self::Shutdown => true,
            Self::TimedOut | Self::SlowClient | Self::Fault => false,
        }
    }
}

/// How far the life of a connection has come, as its hubs see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No event yet.
    New,
    /// The connected or the reconnected event has run, or runs.
    Begun,
    /// It is over.
    Ended,
}

/// Why a stream ends while its connection may live on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StreamEnd {
    /// A newer stream of the same connection took over.
    Replaced,
    /// The connection ended.
    Ended(DisconnectReason),
    /// A connected or reconnected event failed.
    Failed,
}

/// One connection known to this node.
pub(crate) struct Connection {
    pub id: ConnectionId,
    /// Names the connection in member tables.
    pub key: u64,
    pub user: Option<User>,
    /// What it speaks.
    pub wire: Wire,
    pub items: Items,
    /// Who runs its life, where that is more than streams that come and go.
    pub life: OnceLock<Arc<dyn Life>>,
    /// Fires when it has ended.
    pub ended: CancellationToken,
    /// Told when its groups have changed, for one that waits.
    pub membership_changed: Notify,
    /// Whether its client is kept in rejoin tokens.
    rejoins: AtomicBool,
    /// What ended it, if that was a failure.
    pub failure: OnceLock<Box<str>>,
    /// One permit for each call under way.
    pub calls: Arc<Semaphore>,
    /// Told when the queue was emptied, for senders that wait.
    pub room: Notify,
    /// What its transport keeps until the client acknowledges it, where it does.
    pub kept: OnceLock<Arc<Kept>>,
    pub(super) inner: Mutex<Inner>,
}

/// A groups token that was handed to the client.
#[derive(Debug, Clone, Copy)]
pub(super) struct TokenSent {
    /// The membership it shows.
    pub version: u64,
    /// Its place in the log.
    pub at: Seq,
    /// When it was issued, and by which state of the key ring; none while it is being issued.
    pub issued: Option<(u64, u64)>,
}

/// What changes. Locked after the node, never before it.
pub(super) struct Inner {
    /// Groups, each with the place of the join.
    pub groups: HashMap<(ScopeId, GroupName), Seq>,
    /// Hubs whose groups a token brought back while they were not listed, so that no stage was asked about them.
    pub unasked: Vec<ScopeId>,
    /// Grows with every change of membership; the sequence of tokens.
    pub version: u64,
    /// Whether a stream has been opened, and with it the membership settled.
    pub settled: bool,
    /// The attached stream, or 0.
    pub stream: u64,
    pub streams: u64,
    /// Whether the attached stream sees the membership.
    pub sees_groups: bool,
    /// What the attached stream, or the last one, listens to; sorted.
    pub listens: Box<[ScopeId]>,
    /// Every hub on which an event has begun a life here.
    pub begun: Vec<ScopeId>,
    /// Where the log stood when a request without a stream made the connection known.
    pub known_at: Option<Seq>,
    /// A cursor up to here means "from now": an earlier life was ended by the slow-client policy.
    pub cut_at: Option<Seq>,
    pub request: Request,
    pub limits: OutboxLimits,
    pub outbox: Outbox,
    /// The last place told to the client.
    pub position: Seq,
    pub needs_token: bool,
    /// The last token sent.
    pub token: Option<TokenSent>,
    /// The place at which the first token was sent.
    pub first_token: Option<Seq>,
    pub end: Option<StreamEnd>,
    pub phase: Phase,
    /// The order of its events.
    pub turns: Turns,
    /// When the connection ends unless a stream comes.
    pub deadline: Option<Place>,
    pub waker: Option<Waker>,
    /// Whether who is to be woken is writing, and waits for nothing but the end of its stream.
    pub writing: bool,
}

impl Inner {
    pub(super) fn hears(&self, scope: ScopeId) -> bool {
        match &*self.listens {
            [only] => *only == scope,
            listens => listens.binary_search(&scope).is_ok(),
        }
    }

    fn event(&mut self, scopes: &[ScopeId]) -> Turn {
        self.phase = Phase::Begun;
        for scope in scopes {
            if !self.begun.contains(scope) {
                self.begun.push(*scope);
            }
        }
        self.turns.take()
    }

    /// There is more to write. A transport that is writing looks again when it is done, so it is let be: one whose client does
    /// not read would be woken by every message, for nothing.
    pub(super) fn wake_for_more(&mut self) {
        if !self.writing {
            self.wake();
        }
    }

    pub(super) fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Connection {
    pub(super) fn new(
        id: ConnectionId,
        key: u64,
        user: Option<User>,
        wire: Wire,
        request: Request,
        limits: OutboxLimits,
        calls: usize,
    ) -> Self {
        Self {
            id,
            key,
            user,
            wire,
            items: Items::default(),
            life: OnceLock::new(),
            ended: CancellationToken::default(),
            membership_changed: Notify::new(),
            rejoins: AtomicBool::new(false),
            failure: OnceLock::new(),
            calls: Arc::new(Semaphore::new(calls)),
            room: Notify::new(),
            kept: OnceLock::new(),
            inner: Mutex::new(Inner {
                groups: HashMap::new(),
                unasked: Vec::new(),
                version: 0,
                settled: false,
                stream: 0,
                streams: 0,
                sees_groups: true,
                listens: Box::default(),
                begun: Vec::new(),
                known_at: None,
                cut_at: None,
                request,
                limits,
                outbox: Outbox::default(),
                position: 0,
                needs_token: false,
                token: None,
                first_token: None,
                end: None,
                phase: Phase::New,
                turns: Turns::default(),
                deadline: None,
                waker: None,
                writing: false,
            }),
        }
    }

    /// The user's id, if there is a user. It never changes.
    pub(crate) fn user_id(&self) -> Option<&UserId> {
        self.user.as_ref().map(User::id)
    }

    /// The request of the attached stream, or of the last one.
    pub(crate) fn request(&self) -> Request {
        self.inner.lock().request.clone()
    }

    /// Every hub on which an event has begun a life here.
    pub(crate) fn begun(&self) -> Vec<ScopeId> {
        self.inner.lock().begun.clone()
    }

    /// Begins the life with a connected event on these hubs; none if it has begun, or is over.
    pub(crate) fn begin(&self, scopes: &[ScopeId]) -> Option<Turn> {
        let mut inner = self.inner.lock();
        (inner.phase == Phase::New).then(|| inner.event(scopes))
    }

    /// Notes that a reconnected event is about to run on these hubs, which begins the life if nothing has; none if it is over,
    /// and with it the time for events.
    pub(crate) fn come_back(&self, scopes: &[ScopeId]) -> Option<Turn> {
        let mut inner = self.inner.lock();
        (inner.phase != Phase::Ended).then(|| inner.event(scopes))
    }

    /// What happens when its client does not take what is sent.
    pub(crate) fn policy(&self) -> SlowClientPolicy {
        self.inner.lock().limits.policy
    }

    /// Whether twice as much waits in the outbox as may.
    pub(crate) fn is_overfull(&self) -> bool {
        let inner = self.inner.lock();
        inner.stream != 0 && inner.outbox.is_overfull(&inner.limits)
    }

    /// How long a sender who can wait does.
    pub(crate) fn send_timeout(&self) -> Duration {
        self.inner.lock().limits.send_timeout
    }

    /// Whether the outbox is at its bound, so that a sender who can wait should.
    pub(crate) fn is_full(&self) -> bool {
        let inner = self.inner.lock();
        inner.stream != 0 && inner.outbox.is_full(&inner.limits)
    }

    /// Its groups in one scope, and the sequence of its membership.
    pub(crate) fn membership(&self, scope: ScopeId) -> (Vec<GroupName>, u64) {
        let inner = self.inner.lock();
        let groups = inner.groups.keys().filter(|(held, _)| *held == scope).map(|(_, group)| group.clone());
        (groups.collect(), inner.version)
    }

    /// Notes that its client wants rejoin tokens. True the first time.
    pub(crate) fn begins_rejoining(&self) -> bool {
        !self.rejoins.swap(true, Ordering::AcqRel)
    }

    /// Replaces the request that calls from now on see.
    pub(crate) fn set_request(&self, request: Request) {
        self.inner.lock().request = request;
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.inner.lock().phase == Phase::Ended
    }

    /// Whether it has ended, or is about to.
    pub(crate) fn is_ending(&self) -> bool {
        let inner = self.inner.lock();
        inner.phase == Phase::Ended || inner.end.is_some()
    }

    /// Bytes that are kept for its client beside the outbox.
    pub(crate) fn kept_bytes(&self) -> usize {
        self.kept.get().map_or(0, |kept| kept.bytes())
    }

    /// Whether something waits to be written by this stream.
    pub(crate) fn has_queued(&self, stream: u64) -> bool {
        let inner = self.inner.lock();
        inner.stream == stream && !inner.outbox.is_empty()
    }

    /// Ready when the stream has something to write, or ends. Cancel safe.
    pub(crate) fn poll_ready(&self, stream: u64, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.inner.lock();
        if inner.stream != stream || inner.end.is_some() || inner.needs_token || !inner.outbox.is_empty() {
            return Poll::Ready(());
        }
        inner.waker = Some(cx.waker().clone());
        inner.writing = false;
        Poll::Pending
    }

    /// Ready when the stream ends, whatever waits to be written. Cancel safe.
    pub(crate) fn poll_end(&self, stream: u64, cx: &mut Context<'_>) -> Poll<StreamEnd> {
        let mut inner = self.inner.lock();
        if let Some(end) = inner.end {
            return Poll::Ready(end);
        }
        if inner.stream != stream {
            return Poll::Ready(StreamEnd::Replaced);
        }
        inner.waker = Some(cx.waker().clone());
        inner.writing = true;
        Poll::Pending
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("id", &self.id).field("user", &self.user).finish_non_exhaustive()
    }
}
