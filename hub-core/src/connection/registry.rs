//! The registry of a node: connections, who listens to what, who is in which group — and the log beside them, since
//! all of it changes in one order.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{sync::Notify, time::Instant};

use super::{
    Connection, ConnectionId, DisconnectReason, Phase, Pushed, Queued, StreamEnd,
    ended::Ended,
    state::Inner,
};
use crate::{
    groups::{GroupName, UserId},
    hub::{GroupError, Request, User},
    log::{Body, ClientMessage, Entry, Log, LogLimits, Seq, Topic},
    protocol::classic::Epoch,
    rejoin::Removals,
    server::{OutboxLimits, Scope, ScopeId},
};

type Members = HashMap<u64, Arc<Connection>>;
type GroupKey = (ScopeId, GroupName);

/// Whom a send is for.
#[derive(Debug, Clone)]
pub(crate) enum Recipients {
    All,
    Connections(Vec<ConnectionId>),
    Groups(Vec<GroupName>),
    Users(Vec<UserId>),
}

/// What a reconnecting request brings to prove its groups.
#[derive(Debug)]
pub(crate) enum GroupsSeen {
    /// No token.
    NoToken,
    /// A token that was refused.
    Refused,
    /// A verified token: its sequence, whether it should be renewed, and its groups less those removed since.
    Token { sequence: u64, renew: bool, groups: Vec<GroupKey> },
}

/// What the rejoining stage of a hub was handed and what it answered.
pub(crate) type StageAnswers = Vec<(ScopeId, Vec<GroupName>, Vec<GroupName>)>;

/// A stream to be attached.
#[derive(Debug)]
pub(crate) struct Attach {
    pub id: ConnectionId,
    pub user: Option<User>,
    pub request: Request,
    pub listens: Box<[ScopeId]>,
    pub limits: OutboxLimits,
    pub calls: usize,
    /// A position in this log, if the client brought one.
    pub cursor: Option<Seq>,
    pub groups: GroupsSeen,
    pub stage: StageAnswers,
    /// Whether the rejoining stage was asked about a connection that this node knows.
    pub expected_known: bool,
    /// Whether the stream begins with `S:1` at once.
    pub init: bool,
}

/// An attached stream.
#[derive(Debug)]
pub(crate) struct Attached {
    pub connection: Arc<Connection>,
    pub stream: u64,
}

/// What the rejoining stage needs to know of a connection.
#[derive(Debug)]
pub(crate) enum Known {
    /// It lives here; these are the groups that a stream with this token and cursor sees.
    Here(Vec<GroupKey>),
    /// This node does not know it.
    No,
}

/// Everything a node knows.
pub(crate) struct Node {
    pub(crate) epoch: Epoch,
    started: Instant,
    state: Mutex<State>,
    keys: AtomicU64,
    queued_bytes: AtomicUsize,
    queued_bytes_limit: usize,
    groups_per_connection: usize,
    /// Told when a connection is to be ended or a deadline may have come nearer.
    pub(crate) alarm: Notify,
    removals: Removals,
}

struct State {
    log: Log,
    connections: HashMap<ConnectionId, Arc<Connection>>,
    listeners: Vec<Members>,
    groups: HashMap<GroupKey, Members>,
    users: HashMap<(ScopeId, UserId), Members>,
    deadlines: BTreeSet<(Instant, ConnectionId)>,
    doomed: Vec<(Arc<Connection>, DisconnectReason)>,
    ended: Ended,
}

impl Node {
    pub(crate) fn new(epoch: Epoch, scopes: usize, log: LogLimits, queued_bytes_limit: usize, groups_per_connection: usize, removals: Removals) -> Self {
        Self {
            epoch,
            started: Instant::now(),
            state: Mutex::new(State {
                log: Log::new(log),
                connections: HashMap::new(),
                listeners: (0..scopes).map(|_| Members::new()).collect(),
                groups: HashMap::new(),
                users: HashMap::new(),
                deadlines: BTreeSet::new(),
                doomed: Vec::new(),
                ended: Ended::default(),
            }),
            keys: AtomicU64::new(1),
            queued_bytes: AtomicUsize::new(0),
            queued_bytes_limit,
            groups_per_connection,
            alarm: Notify::new(),
            removals,
        }
    }

    pub(crate) fn removals(&self) -> &Removals {
        &self.removals
    }

    /// Widens the log for a mount that can replay, and makes room for its scopes.
    pub(crate) fn widen(&self, scopes: usize, log: LogLimits) {
        let mut state = self.state.lock();
        state.log.widen(log);
        while state.listeners.len() < scopes {
            state.listeners.push(Members::new());
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A connection that lives here.
    pub(crate) fn find(&self, id: &ConnectionId) -> Option<Arc<Connection>> {
        self.state.lock().connections.get(id).cloned()
    }

    /// Every connection that lives here.
    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        self.state.lock().connections.values().cloned().collect()
    }

    /// Whether a connection ended here, not long ago.
    pub(crate) fn has_ended(&self, id: &ConnectionId) -> bool {
        self.state.lock().ended.get(id).is_some()
    }

    /// Connections, groups with members, log entries and log bytes.
    pub(crate) fn counts(&self) -> (usize, usize, usize, usize) {
        let state = self.state.lock();
        let (entries, bytes, _) = state.log.size();
        (state.connections.len(), state.groups.len(), entries, bytes)
    }

    /// Bytes that wait in all outboxes.
    pub(crate) fn queued_bytes(&self) -> usize {
        self.queued_bytes.load(Ordering::Relaxed)
    }

    fn unqueue(&self, bytes: usize) {
        if bytes > 0 {
            self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    // ---- sends ------------------------------------------------------------------------------------------------

    /// Appends a send and hands it out. `except` need not be sorted.
    pub(crate) fn send(&self, scope: ScopeId, to: &Recipients, mut except: Vec<ConnectionId>, message: ClientMessage) {
        except.sort_unstable();
        let mut state = self.state.lock();
        let State { log, connections, listeners, groups, users, doomed, ended, .. } = &mut *state;
        let body = Body::Send { scope, except: except.into_boxed_slice(), message };
        let topics: Vec<Topic> = match to {
            Recipients::All => vec![Topic::Scope(scope)],
            // An id that never was one here, or has been gone for long, has nobody who could come back for it.
            Recipients::Connections(ids) => ids
                .iter()
                .filter(|id| connections.contains_key(*id) || ended.get(id).is_some())
                .map(|id| Topic::Connection(*id))
                .collect(),
            Recipients::Groups(names) => names.iter().map(|name| Topic::Group(scope, name.clone())).collect(),
            Recipients::Users(ids) => ids.iter().map(|id| Topic::User(scope, id.clone())).collect(),
        };
        if topics.is_empty() {
            return;
        }
        let entry = log.append(self.now_ms(), body, topics);
        match to {
            Recipients::All => {
                if let Some(members) = listeners.get(scope.index()) {
                    self.hand_out(&entry, scope, members.values(), false, doomed);
                }
            }
            Recipients::Connections(ids) => {
                self.hand_out(&entry, scope, ids.iter().filter_map(|id| connections.get(id)), false, doomed);
            }
            Recipients::Groups(names) => {
                for name in names {
                    if let Some(members) = groups.get(&(scope, name.clone())) {
                        self.hand_out(&entry, scope, members.values(), true, doomed);
                    }
                }
            }
            Recipients::Users(ids) => {
                for id in ids {
                    if let Some(members) = users.get(&(scope, id.clone())) {
                        self.hand_out(&entry, scope, members.values(), false, doomed);
                    }
                }
            }
        }
        if !doomed.is_empty() {
            self.alarm.notify_one();
        }
    }

    /// Appends something for one connection alone, whatever it listens to.
    pub(crate) fn send_direct(&self, connection: &Arc<Connection>, message: ClientMessage) {
        let mut state = self.state.lock();
        let entry = state.log.append(self.now_ms(), Body::Direct { message }, [Topic::Connection(connection.id)]);
        if self.push(connection, &mut connection.inner.lock(), &entry) {
            state.doomed.push((connection.clone(), DisconnectReason::SlowClient));
            self.alarm.notify_one();
        }
    }

    fn hand_out<'m>(
        &self,
        entry: &Arc<Entry>,
        scope: ScopeId,
        members: impl Iterator<Item = &'m Arc<Connection>>,
        by_group: bool,
        doomed: &mut Vec<(Arc<Connection>, DisconnectReason)>,
    ) {
        let Body::Send { except, .. } = &entry.body else { return };
        for member in members {
            let mut inner = member.inner.lock();
            if inner.stream == 0 || (by_group && !inner.sees_groups) || !inner.hears(scope) {
                continue;
            }
            if !except.is_empty() && except.binary_search(&member.id).is_ok() {
                continue;
            }
            if self.push(member, &mut inner, entry) {
                doomed.push((member.clone(), DisconnectReason::SlowClient));
            }
        }
    }

    /// Queues an entry on a live stream; true if the connection is to be ended for it.
    fn push(&self, connection: &Connection, inner: &mut Inner, entry: &Arc<Entry>) -> bool {
        if inner.stream == 0 || inner.end.is_some() {
            return false;
        }
        let process_full = self.queued_bytes() > self.queued_bytes_limit;
        let before = inner.outbox.bytes();
        let pushed = inner.outbox.push(entry, &inner.limits, process_full);
        let after = inner.outbox.bytes();
        if after > before {
            self.queued_bytes.fetch_add(after - before, Ordering::Relaxed);
        } else {
            self.unqueue(before - after);
        }
        match pushed {
            Pushed::Queued => inner.wake(),
            Pushed::Skipped => {}
            Pushed::Dropped(count) => {
                metrics::counter!("hub_messages_dropped_total", "policy" => "drop_oldest").increment(count as u64);
                inner.wake();
            }
            Pushed::Overflow(bound) => {
                tracing::warn!(connection = %connection.id, ?bound, "a slow client is disconnected");
                metrics::counter!("hub_slow_clients_total").increment(1);
                inner.end = Some(StreamEnd::Ended(DisconnectReason::SlowClient));
                self.unqueue(inner.outbox.restart(Seq::MAX, Default::default()));
                inner.wake();
                return true;
            }
        }
        false
    }

    /// Queues the answer to an invocation, if its stream is still there.
    pub(crate) fn reply(&self, connection: &Connection, stream: u64, reply: bytes::Bytes) {
        let mut inner = connection.inner.lock();
        if inner.stream == stream && inner.end.is_none() {
            self.queued_bytes.fetch_add(reply.len(), Ordering::Relaxed);
            inner.outbox.push_control(Queued::Reply(reply));
            inner.wake();
        }
    }

    /// Queues the response that says the stream is live.
    pub(crate) fn push_init(&self, connection: &Connection, stream: u64) {
        let mut inner = connection.inner.lock();
        if inner.stream == stream {
            inner.outbox.push_control(Queued::Init);
            inner.wake();
        }
    }

    // ---- groups -----------------------------------------------------------------------------------------------

    /// Makes a connection a member. Once more is no change.
    pub(crate) fn join(&self, id: &ConnectionId, hub: &Scope, group: GroupName) -> Result<(), GroupError> {
        let scope = hub.id();
        let mut state = self.state.lock();
        let connection = state.connections.get(id).cloned().ok_or(GroupError::ConnectionGone)?;
        let mut inner = connection.inner.lock();
        if inner.phase == Phase::Ended {
            return Err(GroupError::ConnectionGone);
        }
        let key = (scope, group.clone());
        if inner.groups.contains_key(&key) {
            self.see_groups(&mut inner);
            return Ok(());
        }
        if inner.groups.len() >= self.groups_per_connection {
            return Err(GroupError::TooMany { limit: self.groups_per_connection });
        }
        let entry = state.log.append(self.now_ms(), Body::Join { scope, group: group.clone() }, [Topic::Connection(*id)]);
        inner.groups.insert(key.clone(), entry.seq);
        inner.version = next_version(inner.version);
        inner.sees_groups = true;
        if self.push(&connection, &mut inner, &entry) {
            state.doomed.push((connection.clone(), DisconnectReason::SlowClient));
            self.alarm.notify_one();
        }
        self.removals.added(id.as_str(), hub.name(), group.as_str(), inner.version);
        drop(inner);
        state.groups.entry(key).or_default().insert(connection.key, connection);
        metrics::counter!("hub_group_joins_total").increment(1);
        Ok(())
    }

    /// Ends a membership. A stranger's is no change.
    pub(crate) fn leave(&self, id: &ConnectionId, hub: &Scope, group: GroupName) -> Result<(), GroupError> {
        let scope = hub.id();
        let mut state = self.state.lock();
        let connection = state.connections.get(id).cloned().ok_or(GroupError::ConnectionGone)?;
        let mut inner = connection.inner.lock();
        if inner.phase == Phase::Ended {
            return Err(GroupError::ConnectionGone);
        }
        let key = (scope, group.clone());
        let Some(joined) = inner.groups.remove(&key) else { return Ok(()) };
        inner.version = next_version(inner.version);
        self.removals.removed(id.as_str(), hub.name(), group.as_str(), inner.version);
        inner.sees_groups = true;
        let entry = state.log.append(self.now_ms(), Body::Leave { scope, group, joined }, [Topic::Connection(*id)]);
        if self.push(&connection, &mut inner, &entry) {
            state.doomed.push((connection.clone(), DisconnectReason::SlowClient));
            self.alarm.notify_one();
        }
        drop(inner);
        remove_member(&mut state.groups, &key, connection.key);
        metrics::counter!("hub_group_leaves_total").increment(1);
        Ok(())
    }

    /// A stream that saw no groups, for want of a good token, sees the membership from here on.
    fn see_groups(&self, inner: &mut Inner) {
        if !inner.sees_groups {
            inner.sees_groups = true;
            inner.needs_token = inner.stream != 0;
            inner.wake();
        }
    }

    // ---- streams ----------------------------------------------------------------------------------------------

    /// What the rejoining stage is to be handed for a connection.
    pub(crate) fn known(&self, id: &ConnectionId, cursor: Option<Seq>, groups: &GroupsSeen) -> Known {
        let state = self.state.lock();
        let Some(connection) = state.connections.get(id) else { return Known::No };
        let inner = connection.inner.lock();
        if !inner.settled {
            return Known::No;
        }
        let seen = sees_own(&inner, cursor, groups);
        Known::Here(if seen { inner.groups.keys().cloned().collect() } else { Vec::new() })
    }

    /// Attaches a stream: an earlier one of the same connection ends, what was missed is found in the log, and from
    /// here on everything new is handed to it. All in one step of the node's order.
    ///
    /// `None` if the connection came or went since the rejoining stage was asked; ask again.
    pub(crate) fn attach(&self, attach: Attach) -> Option<Attached> {
        let mut state = self.state.lock();
        let known = state.connections.get(&attach.id).cloned();
        let settled = known.as_ref().is_some_and(|connection| connection.inner.lock().settled);
        if settled != attach.expected_known {
            return None;
        }
        // An end by the slow-client policy takes the position with it.
        let cut_at = state.ended.remove(&attach.id).and_then(|ending| ending.cut_at);
        let head = state.log.head();
        let cursor = attach.cursor.filter(|cursor| *cursor <= head && cut_at.is_none_or(|cut| *cursor > cut));
        let connection = match known {
            Some(connection) => connection,
            None => {
                let key = self.keys.fetch_add(1, Ordering::Relaxed);
                let connection = Arc::new(Connection::new(
                    attach.id,
                    key,
                    attach.user.clone(),
                    attach.request.clone(),
                    attach.limits,
                    attach.calls,
                ));
                state.connections.insert(attach.id, connection.clone());
                metrics::counter!("hub_connections_total").increment(1);
                connection
            }
        };
        let mut inner = connection.inner.lock();
        if inner.phase == Phase::Ended {
            return None;
        }
        let (sees_own, needs_token) = if settled {
            let seen = sees_own(&inner, cursor, &attach.groups);
            let newest = inner.token.map_or(0, |(_, seq, _)| seq);
            let behind = cursor.is_some_and(|cursor| cursor < newest);
            let stale = match &attach.groups {
                GroupsSeen::Token { sequence, renew, .. } => *sequence < inner.version || *renew || behind,
                GroupsSeen::NoToken => inner.version != 0,
                GroupsSeen::Refused => false,
            };
            (seen, seen && stale)
        } else {
            let mut renew = inner.version != 0;
            if let GroupsSeen::Token { sequence, renew: due, groups } = &attach.groups {
                renew |= *due;
                inner.version = inner.version.max(*sequence);
                let restored: Vec<GroupKey> = groups
                    .iter()
                    .filter(|(scope, group)| {
                        // A listed hub's groups are what its stage answers, below.
                        attach.stage.iter().all(|(asked, ..)| asked != scope) && !inner.groups.contains_key(&(*scope, group.clone()))
                    })
                    .cloned()
                    .collect();
                for key in restored.into_iter().take(self.groups_per_connection) {
                    inner.groups.insert(key.clone(), 0);
                    state.groups.entry(key).or_default().insert(connection.key, connection.clone());
                }
            }
            (true, renew)
        };
        for (scope, asked, answered) in &attach.stage {
            for group in asked {
                let key = (*scope, group.clone());
                if !answered.contains(group) && inner.groups.remove(&key).is_some() {
                    remove_member(&mut state.groups, &key, connection.key);
                }
            }
            for group in answered {
                let key = (*scope, group.clone());
                if inner.groups.contains_key(&key) || inner.groups.len() >= self.groups_per_connection {
                    continue;
                }
                // What the token had is heard from the cursor on; what the stage adds, from now on.
                let joined = if !settled && asked.contains(group) { 0 } else { state.log.head() };
                inner.groups.insert(key.clone(), joined);
                state.groups.entry(key).or_default().insert(connection.key, connection.clone());
            }
        }
        self.listen(&mut state, &connection, &mut inner, &attach.listens);
        inner.settled = true;
        inner.sees_groups = sees_own;
        inner.needs_token = needs_token;
        inner.request = attach.request;
        inner.limits = attach.limits;
        if let Some(deadline) = inner.deadline.take() {
            state.deadlines.remove(&(deadline, attach.id));
        }
        let behind = match cursor {
            None => Default::default(),
            Some(position) => {
                let mut topics: Vec<Topic> = inner.listens.iter().map(|scope| Topic::Scope(*scope)).collect();
                if let Some(user) = &connection.user {
                    topics.extend(inner.listens.iter().map(|scope| Topic::User(*scope, user.id().clone())));
                }
                let none = HashMap::new();
                let member = if sees_own { &inner.groups } else { &none };
                let missed = state.log.missed(position, attach.id, &topics, member, |scope| inner.hears(scope));
                if missed.gap {
                    tracing::warn!(connection = %attach.id, "a client came back after some of its messages had left the log");
                    metrics::counter!("hub_replay_gaps_total").increment(1);
                } else if missed.possible_gap {
                    tracing::debug!(connection = %attach.id, "a client came back from before the log's oldest entry");
                }
                missed.entries
            }
        };
        inner.position = if behind.is_empty() { head } else { cursor.unwrap_or(head) };
        inner.streams = inner.streams.saturating_add(1);
        inner.stream = inner.streams;
        inner.end = None;
        self.unqueue(inner.outbox.restart(state.log.head(), behind));
        if attach.init {
            inner.outbox.push_control(Queued::Init);
        }
        // The stream before this one notices that it was replaced.
        inner.wake();
        let stream = inner.stream;
        drop(inner);
        Some(Attached { connection, stream })
    }

    /// A connection for a request that carries no stream and comes before one: it is kept until `deadline` and settled by
    /// the first stream. Gives the one that is there, if there is one.
    pub(crate) fn provisional(&self, id: ConnectionId, user: Option<User>, request: Request, limits: OutboxLimits, calls: usize, listens: &[ScopeId], deadline: Instant) -> Arc<Connection> {
        let mut state = self.state.lock();
        if let Some(connection) = state.connections.get(&id) {
            return connection.clone();
        }
        let key = self.keys.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::new(Connection::new(id, key, user, request, limits, calls));
        let mut inner = connection.inner.lock();
        self.listen(&mut state, &connection, &mut inner, listens);
        inner.deadline = Some(deadline);
        drop(inner);
        state.deadlines.insert((deadline, id));
        state.connections.insert(id, connection.clone());
        metrics::counter!("hub_connections_total").increment(1);
        self.alarm.notify_one();
        connection
    }

    fn listen(&self, state: &mut State, connection: &Arc<Connection>, inner: &mut Inner, listens: &[ScopeId]) {
        if *inner.listens == *listens {
            return;
        }
        for scope in inner.listens.iter().filter(|scope| !listens.contains(scope)) {
            if let Some(members) = state.listeners.get_mut(scope.index()) {
                members.remove(&connection.key);
            }
            if let Some(user) = &connection.user {
                remove_member(&mut state.users, &(*scope, user.id().clone()), connection.key);
            }
        }
        for scope in listens {
            if let Some(members) = state.listeners.get_mut(scope.index()) {
                members.insert(connection.key, connection.clone());
            }
            if let Some(user) = &connection.user {
                state.users.entry((*scope, user.id().clone())).or_default().insert(connection.key, connection.clone());
            }
        }
        let mut sorted: Box<[ScopeId]> = listens.into();
        sorted.sort_unstable();
        inner.listens = sorted;
    }

    /// The transport of a stream is gone; the connection waits for the next one until `grace` is over.
    pub(crate) fn detach(&self, connection: &Arc<Connection>, stream: u64, grace: Duration) {
        let mut state = self.state.lock();
        let mut inner = connection.inner.lock();
        if inner.stream != stream || inner.phase == Phase::Ended {
            return;
        }
        inner.stream = 0;
        inner.waker = None;
        self.unqueue(inner.outbox.restart(Seq::MAX, Default::default()));
        connection.room.notify_waiters();
        let deadline = Instant::now() + grace;
        inner.deadline = Some(deadline);
        drop(inner);
        state.deadlines.insert((deadline, connection.id));
        self.alarm.notify_one();
    }

    /// Marks a stream as failed, so that its transport closes.
    pub(crate) fn fail_stream(&self, connection: &Connection, stream: u64) {
        let mut inner = connection.inner.lock();
        if inner.stream == stream && inner.end.is_none() {
            inner.end = Some(StreamEnd::Failed);
            inner.wake();
        }
    }

    /// Ends a connection: nothing finds it any more. Gives whether its hubs are to be told, that is, whether this call
    /// ended it and an event had begun its life.
    pub(crate) fn end(&self, connection: &Arc<Connection>, reason: DisconnectReason) -> bool {
        let mut state = self.state.lock();
        let mut inner = connection.inner.lock();
        let phase = std::mem::replace(&mut inner.phase, Phase::Ended);
        if phase == Phase::Ended {
            return false;
        }
        inner.end = Some(StreamEnd::Ended(reason));
        let listens = std::mem::take(&mut inner.listens);
        self.listen_nowhere(&mut state, connection, &listens);
        inner.listens = listens;
        for key in inner.groups.keys() {
            remove_member(&mut state.groups, key, connection.key);
        }
        if let Some(deadline) = inner.deadline.take() {
            state.deadlines.remove(&(deadline, connection.id));
        }
        self.unqueue(inner.outbox.restart(Seq::MAX, Default::default()));
        connection.room.notify_waiters();
        inner.wake();
        drop(inner);
        state.connections.remove(&connection.id);
        let cut_at = (reason == DisconnectReason::SlowClient).then(|| state.log.head());
        let now = self.now_ms();
        state.ended.insert(connection.id, now, cut_at);
        metrics::counter!("hub_disconnections_total", "reason" => reason_name(reason)).increment(1);
        phase == Phase::Begun
    }

    fn listen_nowhere(&self, state: &mut State, connection: &Arc<Connection>, listens: &[ScopeId]) {
        for scope in listens {
            if let Some(members) = state.listeners.get_mut(scope.index()) {
                members.remove(&connection.key);
            }
            if let Some(user) = &connection.user {
                remove_member(&mut state.users, &(*scope, user.id().clone()), connection.key);
            }
        }
    }

    /// Connections to be ended now, and when to look again at the latest.
    pub(crate) fn due(&self, remember: Duration) -> (Vec<(Arc<Connection>, DisconnectReason)>, Option<Instant>) {
        let now = Instant::now();
        let now_ms = self.now_ms();
        let mut state = self.state.lock();
        state.log.evict(now_ms);
        let remember = u64::try_from(remember.as_millis()).unwrap_or(u64::MAX);
        state.ended.sweep(now_ms.saturating_sub(remember));
        let mut due = std::mem::take(&mut state.doomed);
        while let Some((at, id)) = state.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            state.deadlines.remove(&(at, id));
            if let Some(connection) = state.connections.get(&id).cloned() {
                connection.inner.lock().deadline = None;
                due.push((connection, DisconnectReason::TimedOut));
            }
        }
        (due, state.deadlines.first().map(|(at, _)| *at))
    }

    // ---- reading a stream -------------------------------------------------------------------------------------

    /// Takes what a stream is to write: at most `at_most` entries that it is behind, and when it is not behind,
    /// everything queued.
    pub(crate) fn drain(&self, connection: &Arc<Connection>, stream: u64, at_most: usize) -> Drained {
        // The log is only looked at, and its lock only taken, while the stream is behind.
        let mut state = None;
        if !connection.inner.lock().outbox.behind.is_empty() {
            state = Some(self.state.lock());
        }
        let mut inner = connection.inner.lock();
        let mut drained = Drained { items: Vec::new(), position: inner.position, token: None, end: None };
        if inner.stream != stream {
            drained.end = Some(StreamEnd::Replaced);
            return drained;
        }
        drained.end = inner.end;
        if let Some(state) = &state {
            let mut lost = 0_u64;
            while drained.items.len() < at_most
                && let Some(seq) = inner.outbox.behind.pop_front()
            {
                match state.log.get(seq) {
                    Some(entry) => drained.items.push(Queued::Entry(entry.clone())),
                    None => lost += 1,
                }
            }
            if lost > 0 {
                tracing::warn!(connection = %connection.id, lost, "messages left the log before their client had read them");
                metrics::counter!("hub_replay_gaps_total").increment(1);
            }
        }
        if inner.outbox.behind.is_empty() {
            let (queue, bytes) = inner.outbox.take();
            self.unqueue(bytes);
            drained.items.extend(queue);
            connection.room.notify_waiters();
        }
        let sent = inner.token.map_or(0, |(version, ..)| version);
        let changed = drained.items.iter().rev().find_map(|item| match item {
            Queued::Entry(entry) if entry.message().is_none() => Some(entry.seq),
            _ => None,
        });
        let newest = drained.items.iter().rev().find_map(|item| match item {
            Queued::Entry(entry) => Some(entry.seq),
            _ => None,
        });
        if let Some(newest) = newest {
            inner.position = inner.position.max(newest);
        }
        let due = inner.needs_token && inner.outbox.behind.is_empty();
        let changed = changed.filter(|_| inner.sees_groups && inner.version > sent);
        if drained.end.is_none() && (due || changed.is_some()) {
            inner.needs_token = false;
            let at = changed.unwrap_or(inner.position);
            inner.first_token.get_or_insert(at);
            drained.token = Some(TokenDue {
                at: changed,
                sequence: inner.version,
                groups: inner.groups.keys().cloned().collect(),
            });
            inner.token = Some((inner.version, at, 0));
        }
        drained
    }

    /// Notes when the last token was issued.
    pub(crate) fn token_issued(&self, connection: &Connection, at_ms: u64) {
        if let Some((_, _, issued)) = &mut connection.inner.lock().token {
            *issued = at_ms;
        }
    }

    /// Has a stream send a new token if the last one is older than `renew` says.
    pub(crate) fn renew_token(&self, connection: &Connection, stream: u64, renew: impl Fn(u64) -> bool) {
        let mut inner = connection.inner.lock();
        if inner.stream == stream && inner.sees_groups && inner.token.is_some_and(|(_, _, issued)| issued != 0 && renew(issued)) {
            inner.needs_token = true;
            inner.wake();
        }
    }

    /// The newest place that a stream with nothing to write has reached.
    pub(crate) fn advance(&self, connection: &Connection, stream: u64) -> Seq {
        let state = self.state.lock();
        let mut inner = connection.inner.lock();
        if inner.stream == stream && inner.outbox.is_empty() {
            inner.position = state.log.head();
        }
        inner.position
    }
}

/// What a stream is to write.
#[derive(Debug)]
pub(crate) struct Drained {
    pub items: Vec<Queued>,
    /// The place the client was told last, before these items.
    pub position: Seq,
    pub token: Option<TokenDue>,
    pub end: Option<StreamEnd>,
}

/// A token to be issued.
#[derive(Debug)]
pub(crate) struct TokenDue {
    /// The change that calls for it; none for a renewal, which goes last.
    pub at: Option<Seq>,
    pub sequence: u64,
    pub groups: Vec<GroupKey>,
}

/// Section 13.2, rules 1 to 3.
fn sees_own(inner: &Inner, cursor: Option<Seq>, groups: &GroupsSeen) -> bool {
    match groups {
        GroupsSeen::Token { .. } => true,
        GroupsSeen::Refused => false,
        GroupsSeen::NoToken => !inner.first_token.is_some_and(|first| cursor.is_some_and(|cursor| cursor >= first)),
    }
}

/// Sequences grow also over restarts and moves to other nodes, where counting would begin anew.
fn next_version(version: u64) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    u64::try_from(now).unwrap_or(0).max(version.saturating_add(1))
}

fn remove_member<K: std::hash::Hash + Eq + Clone>(table: &mut HashMap<K, Members>, key: &K, member: u64) {
    if let Some(members) = table.get_mut(key) {
        members.remove(&member);
        if members.is_empty() {
            table.remove(key);
        }
    }
}

fn reason_name(reason: DisconnectReason) -> &'static str {
    match reason {
        DisconnectReason::StopCalled => "stop",
        DisconnectReason::TimedOut => "timeout",
        DisconnectReason::SlowClient => "slow",
        DisconnectReason::ConnectedFailed => "connected_failed",
        DisconnectReason::Shutdown => "shutdown",
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
