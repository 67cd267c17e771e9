//! One connection as its transports see it: from the reservation that negotiate makes to its end (sections 1.5, 2.1 and 4).

mod input;
mod output;
pub(crate) mod replay;

use std::{
    fmt,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::{sync::Notify, task::JoinHandle, time::Instant};

pub(crate) use input::{Gone, Input};
pub(super) use output::Farewell;
pub(crate) use output::{Output, Taken};

use super::{
    CoreRefusal, Transport,
    calls::Calls,
    life::{self, Ending},
    mounted::{Mounted, Serves},
    refresh,
};
use crate::{
    connection::{ConnectionId, DisconnectReason, Life, random_text},
    hub::{CancellationToken, Request, User},
    lock::Mutex,
    task,
};

/// How often a client may come back with its connection in a row, and how soon it may once more: each time it is sent all that is kept.
const MAX_RETURNS: u32 = 20;
const RETURN_AFTER: Duration = Duration::from_millis(500);

/// How long a message may wait for the client to acknowledge those before it (section 4.3).
const MAX_UNACKNOWLEDGED: Duration = Duration::from_secs(5);

/// The secret that stands in URLs.
pub(crate) struct Token(String);

impl Token {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What was agreed when it was negotiated.
#[derive(Debug, Clone)]
pub(super) struct Agreed {
    pub version: i32,
    pub stateful: bool,
    pub user: Option<User>,
}

pub(crate) struct Link {
    pub(crate) id: ConnectionId,
    pub(super) token: Token,
    pub(crate) mounted: Arc<Mounted>,
    pub(super) version: i32,
    pub(crate) input: Input,
    pub(crate) output: Output,
    pub(super) calls: Calls,
    /// Held by the POST whose turn it is.
    pub(super) posts: Arc<tokio::sync::Mutex<()>>,
    /// Why it is to end; the first to say so is heard.
    ending: OnceLock<Ending>,
    told_to_end: Notify,
    /// Fires when its life is over, events and all.
    over: CancellationToken,
    freed: Notify,
    state: Mutex<State>,
}

struct State {
    stage: Stage,
    transport: Option<Transport>,
    /// Counts the holds of transports: an older one finds that it was replaced.
    turn: u64,
    /// Whether a poll waits for another to finish.
    is_awaited: bool,
    /// Whether it may outlive its transport.
    stateful: bool,
    /// Whether a DELETE ended it.
    deleted: bool,
    /// Whether the transport vanished without a word.
    lost: bool,
    user: Option<User>,
    expiry: Option<SystemTime>,
    request: Option<Request>,
    /// Returns that the client has left, and since when it may have earned more.
    returns: (u32, Instant),
    /// When the last ping was written.
    pinged: Instant,
    /// Whether the client has pinged: from then on it must not be silent.
    client_pings: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No transport yet, or none at the moment, since then.
    Inactive(Instant),
    /// A transport has it.
    Active,
    /// It is over.
    Ended,
}

/// How a transport left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// The peer was told the end.
    Done,
    /// The peer has said that it goes.
    Closed,
    /// It is simply gone, or the poll is over.
    Lost,
}

impl Link {
    pub(super) fn new(mounted: Arc<Mounted>, agreed: Agreed) -> Arc<Self> {
        let id = ConnectionId::random_short();
        let (bound, max_streams) = (mounted.settings.application_max_buffer_size, mounted.settings.max_streams);
        let input = match mounted.serves {
            Serves::Hub(_) => Input::of_frames(bound, mounted.settings.maximum_receive_message_size),
            Serves::Raw(_) => Input::of_bytes(bound),
        };
        let token = if agreed.version == 0 { id.as_str().to_owned() } else { random_text() };
        let expiry = refresh::expiry(agreed.user.as_ref(), &mounted.settings);
        Arc::new(Self {
            id,
            token: Token(token),
            version: agreed.version,
            input,
            output: Output::default(),
            calls: Calls::new(max_streams),
            posts: Arc::default(),
            ending: OnceLock::new(),
            told_to_end: Notify::new(),
            over: CancellationToken::default(),
            freed: Notify::new(),
            state: Mutex::new(State {
                stage: Stage::Inactive(Instant::now()),
                transport: None,
                turn: 0,
                is_awaited: false,
                stateful: agreed.stateful,
                deleted: false,
                lost: false,
                user: agreed.user,
                expiry,
                request: None,
                returns: (MAX_RETURNS, Instant::now()),
                pinged: Instant::now(),
                client_pings: false,
            }),
            mounted,
        })
    }

    /// Who it acts for: who negotiated it, or refreshed it since.
    pub(crate) fn user(&self) -> Option<User> {
        self.state.lock().user.clone()
    }

    /// When the credentials end.
    pub(super) fn expiry(&self) -> Option<SystemTime> {
        self.state.lock().expiry
    }

    pub(super) fn set_expiry(&self, expiry: Option<SystemTime>) {
        self.state.lock().expiry = expiry;
    }

    /// Replaces the credentials, unless those that are there by now last longer. Calls that begin from here on see the new user.
    pub(super) fn renew(
        &self,
        user: Option<User>,
        expiry: Option<SystemTime>,
        is_out_of_date: impl Fn(Option<SystemTime>) -> bool,
    ) -> bool {
        let mut state = self.state.lock();
        if is_out_of_date(state.expiry) {
            return false;
        }
        state.expiry = expiry;
        state.request = state.request.take().map(|request| request.with_user(user.clone()));
        state.user = user;
        if let (Some(connection), Some(request)) = (self.output.connection(), &state.request) {
            connection.set_request(request.clone());
        }
        true
    }

    pub(super) fn transport(&self) -> Option<Transport> {
        self.state.lock().transport
    }

    /// Whether it was negotiated, and nothing has come of it yet.
    pub(super) fn is_reserved(&self) -> bool {
        let state = self.state.lock();
        state.transport.is_none() && state.stage != Stage::Ended
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state.lock().stage == Stage::Ended
    }

    /// The request that opened the transport.
    pub(crate) fn request(&self) -> Option<Request> {
        self.state.lock().request.clone()
    }

    /// The handshake said whether it may outlive its transport.
    pub(super) fn set_stateful(&self, stateful: bool) {
        self.state.lock().stateful &= stateful;
    }

    pub(super) fn is_stateful(&self) -> bool {
        self.state.lock().stateful
    }

    /// A transport takes it. Gives the number of its hold, and whether the client has come back by it.
    pub(super) async fn hold(
        self: &Arc<Self>,
        transport: Transport,
        request: &Request,
    ) -> Result<(u64, Held), CoreRefusal> {
        const CONFLICT: CoreRefusal = CoreRefusal::text(409, "");
        let mut waited = false;
        loop {
            let freed = self.freed.notified();
            {
                let mut state = self.state.lock();
                if waited {
                    state.is_awaited = false;
                }
                let returns = transport == Transport::WebSockets && state.transport.is_some() && state.stateful;
                if returns && state.stage != Stage::Ended {
                    if self.ending.get().is_some() {
                        return Ok((0, Held::Ended));
                    }
                    if !state.may_return(Instant::now()) {
                        return Err(CoreRefusal::text(429, "The connection was resumed too often."));
                    }
                }
                match state.stage {
                    Stage::Ended if waited => return Ok((0, Held::Ended)),
                    Stage::Ended => return Err(CoreRefusal::text(404, "")),
                    Stage::Inactive(_) if transport != Transport::LongPolling && self.ending.get().is_some() => {
                        return Ok((0, Held::Ended));
                    }
                    Stage::Inactive(_) => return Ok(self.take(&mut state, transport, request)),
                    Stage::Active => match transport {
                        Transport::LongPolling if !state.is_awaited && !waited => {
                            // The poll that waits is asked to go; this one takes over when it has.
                            state.is_awaited = true;
                            state.turn = state.turn.wrapping_add(1);
                        }
                        Transport::WebSockets if state.stateful && self.output.is_stateful() => {
                            let held = self.take(&mut state, transport, request);
                            drop(state);
                            self.output.wake();
                            return Ok(held);
                        }
                        _ => return Err(CONFLICT),
                    },
                }
            }
            self.output.wake();
            waited = true;
            freed.await;
        }
    }

    fn take(self: &Arc<Self>, state: &mut State, transport: Transport, request: &Request) -> (u64, Held) {
        let is_first = state.transport.is_none();
        state.stage = Stage::Active;
        // A poll that waited may have been given up.
        state.is_awaited = false;
        state.transport = Some(transport);
        state.turn = state.turn.wrapping_add(1);
        if is_first {
            state.request = Some(request.clone());
            return (state.turn, Held::First);
        }
        if transport == Transport::WebSockets {
            let request = request.with_user(state.user.clone());
            if let Some(connection) = self.output.connection() {
                connection.set_request(request.clone());
            }
            state.request = Some(request);
            self.input.change_transport();
            self.output.resume();
        }
        (state.turn, Held::Again)
    }

    /// Takes what there is to write, if this hold is still the one: what was made ready for a newer one is not for it.
    pub(super) fn take_frames(&self, turn: u64) -> Option<Taken> {
        let state = self.state.lock();
        let holds = state.turn == turn && state.stage == Stage::Active;
        holds.then(|| self.output.take(&self.mounted.server.node))
    }

    /// Ready when there is something to take, or another hold is the one. Cancel safe.
    ///
    /// There is one waker, and it is left under the lock: an older hold that looks late does not put its own in the place of its successor's.
    pub(super) fn poll_ready(&self, turn: u64, cx: &mut Context<'_>) -> Poll<()> {
        let state = self.state.lock();
        let holds = state.turn == turn && state.stage == Stage::Active;
        if holds { self.output.poll_ready(cx) } else { Poll::Ready(()) }
    }

    /// Takes bytes that a transport brings, if this hold is still the one: what an older one still brings its client tells anew.
    pub(super) fn push(&self, turn: u64, bytes: Bytes) -> Result<(), Gone> {
        let state = self.state.lock();
        if state.turn != turn { Err(Gone) } else { self.input.push(bytes) }
    }

    /// A transport lets go.
    pub(super) fn leave(&self, turn: u64, left: Left) {
        let mut state = self.state.lock();
        let is_poll = state.transport == Some(Transport::LongPolling);
        // A poll that was asked to go still has it; a socket whose place another took has not.
        if state.stage != Stage::Active || (state.turn != turn && !is_poll) {
            return;
        }
        let may_come_back = is_poll
            || (state.stateful && left == Left::Lost && self.ending.get().is_none() && self.output.is_stateful());
        state.stage = if may_come_back && left != Left::Done { Stage::Inactive(Instant::now()) } else { Stage::Ended };
        let has_ended = state.stage == Stage::Ended;
        state.lost |= left == Left::Lost;
        drop(state);
        if has_ended {
            self.input.end();
        }
        if left == Left::Done {
            self.mounted.remove(self);
        }
        self.freed.notify_waiters();
    }

    /// A DELETE (section 2.4).
    pub(super) fn delete(&self) {
        self.state.lock().deleted = true;
        self.input.end();
    }

    /// Has it end. The first reason holds.
    pub(super) fn end(&self, ending: Ending) {
        if self.ending.set(ending).is_ok() {
            self.told_to_end.notify_waiters();
        }
        let mut state = self.state.lock();
        if state.transport.is_none() {
            // A reservation has nobody to be told.
            state.stage = Stage::Ended;
            drop(state);
            self.over.cancel();
            self.input.close();
            self.mounted.remove(self);
        }
    }

    pub(super) fn ending(&self) -> Option<&Ending> {
        self.ending.get()
    }

    /// Waits until somebody has it end.
    pub(super) async fn told_to_end(&self) {
        loop {
            let told = self.told_to_end.notified();
            if self.ending.get().is_some() {
                return;
            }
            told.await;
        }
    }

    /// The hub loop is done: what it has said is still to be carried, if anybody comes for it.
    pub(super) fn done(&self, ending: Ending) {
        let _ = self.ending.set(ending);
        self.input.close();
        let mut state = self.state.lock();
        let comes_for_it = state.transport == Some(Transport::LongPolling) && !state.deleted;
        if state.stage != Stage::Active && !comes_for_it {
            state.stage = Stage::Ended;
        }
        drop(state);
        if !comes_for_it {
            self.mounted.remove(self);
        }
        self.over.cancel();
        self.output.wake();
        self.freed.notify_waiters();
    }

    /// Whether its transport vanished without a word.
    pub(super) fn is_lost(&self) -> bool {
        self.state.lock().lost
    }

    /// The client has pinged.
    pub(super) fn client_pings(&self) {
        self.state.lock().client_pings = true;
    }

    /// Once a second: what time brings (section 2.6).
    pub(super) fn beat(&self, now: Instant) {
        let settings = &self.mounted.settings;
        let mut state = self.state.lock();
        if let Stage::Inactive(since) = state.stage
            && now.saturating_duration_since(since) >= settings.inactive_timeout
        {
            if self.ending.get().is_some() {
                state.stage = Stage::Ended;
                drop(state);
                self.mounted.remove(self);
            } else {
                state.stateful = false;
                drop(state);
                self.end(Ending::Lost);
            }
            return;
        }
        if settings.close_on_authentication_expiration && state.expiry.is_some_and(|expiry| expiry <= SystemTime::now())
        {
            drop(state);
            return self.end(Ending::Expired);
        }
        let client_pings = state.client_pings;
        let is_streaming = matches!(state.transport, Some(Transport::WebSockets | Transport::ServerSentEvents));
        let due = is_streaming
            && state.stage == Stage::Active
            && now.saturating_duration_since(state.pinged) >= settings.keep_alive_interval;
        if due {
            state.pinged = now;
        }
        let is_active = state.stage == Stage::Active;
        drop(state);
        if due {
            self.output.ping();
        }
        self.output.tell_received();
        if is_active && self.output.is_stuck(now, MAX_UNACKNOWLEDGED) {
            self.end(Ending::Unacknowledged);
        }
        if client_pings
            && is_streaming
            && let Some(since) = self.input.waiting_since()
            && now.saturating_duration_since(since) >= settings.client_timeout_interval
        {
            self.end(Ending::Fault(crate::protocol::core::Fault::Silent));
        }
    }

    /// Its life, from the handshake to the disconnected event; to be run by the first transport.
    pub(super) fn life(self: &Arc<Self>) -> BoxFuture<'static, ()> {
        life::run(self.clone()).boxed()
    }
}

impl State {
    /// Whether the client may come back now; it counts.
    fn may_return(&mut self, now: Instant) -> bool {
        let (left, since) = &mut self.returns;
        let earned = now.saturating_duration_since(*since).as_millis() / RETURN_AFTER.as_millis();
        if let Some(earned) = u32::try_from(earned).ok().filter(|earned| *earned > 0) {
            *left = left.saturating_add(earned).min(MAX_RETURNS);
            *since = since.checked_add(RETURN_AFTER.saturating_mul(earned)).unwrap_or(now);
        }
        let may = *left > 0;
        *left = left.saturating_sub(1);
        may
    }
}

/// What a hold means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// It has begun.
    First,
    /// It goes on.
    Again,
    /// It ended while this one waited.
    Ended,
}

impl Life for Link {
    fn end(&self, reason: DisconnectReason) -> Option<JoinHandle<()>> {
        Link::end(
            self,
            match reason {
                DisconnectReason::Shutdown => Ending::Shutdown,
                DisconnectReason::SlowClient => Ending::Slow,
                DisconnectReason::Aborted => Ending::Aborted,
                _ => Ending::Lost,
            },
        );
        let over = self.over.clone();
        Some(task::spawn(async move { over.cancelled().await }))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("id", &self.id).finish_non_exhaustive()
    }
}
