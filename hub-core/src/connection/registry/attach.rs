//! Attaching a stream: whose groups it sees, what was missed, and the place in the log from which it hears (section 13.2 of the
//! classic specification).

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::Ordering},
};

use tokio::time::Instant;

use super::{GroupKey, Node, State, remove_member};
use crate::{
    connection::{
        Connection, ConnectionId, Phase, Queued,
        state::{Inner, TokenSent},
    },
    counters,
    groups::GroupName,
    hub::{Request, User},
    log::{Seq, Topic},
    protocol::Wire,
    server::{OutboxLimits, ScopeId},
};

/// What a reconnecting request brings to prove its groups.
#[derive(Debug)]
pub(crate) enum GroupsSeen {
    /// No token.
    NoToken,
    /// A token that was refused.
    Refused,
    /// A verified token: its sequence, whether it should be renewed, and its groups less those removed since.
    /// The time and key ring of its issue come along.
    Token { sequence: u64, issued: (u64, u64), renew: bool, groups: Vec<GroupKey> },
}

/// What the rejoining stage of a hub was handed and what it answered.
pub(crate) type StageAnswers = Vec<(ScopeId, Vec<GroupName>, Vec<GroupName>)>;

/// A stream to be attached.
#[derive(Debug)]
pub(crate) struct Attach {
    pub id: ConnectionId,
    pub user: Option<User>,
    pub wire: Wire,
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
    /// Whether it is one poll of many, and so no beginning of a life that its client ended.
    pub is_poll: bool,
}

/// Why a stream was not attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAttached {
    /// The connection came or went since the rejoining stage was asked; ask again.
    Changed,
    /// The node has as many connections as it may.
    Full,
    /// The client ended it.
    Ended,
}

/// A connection that is known by a request without a stream.
#[derive(Debug)]
pub(crate) struct Provisional<'a> {
    pub id: ConnectionId,
    pub user: Option<User>,
    pub wire: Wire,
    pub request: Request,
    pub limits: OutboxLimits,
    pub calls: usize,
    pub listens: &'a [ScopeId],
    pub deadline: Instant,
}

/// An attached stream.
#[derive(Debug)]
pub(crate) struct Attached {
    pub connection: Arc<Connection>,
    pub stream: u64,
    /// The place that the client has reached as this stream begins.
    pub position: Seq,
}

/// What the rejoining stage needs to know of a connection.
#[derive(Debug)]
pub(crate) enum Known {
    /// It lives here: the groups that a stream with this token and cursor sees, and the hubs whose stage was not asked about
    /// what a token brought back.
    Here { groups: Vec<GroupKey>, unasked: Vec<ScopeId> },
    /// This node does not know it.
    No,
}

impl Node {
    /// What the rejoining stage is to be handed for a connection.
    pub(crate) fn known(&self, id: &ConnectionId, cursor: Option<Seq>, groups: &GroupsSeen) -> Known {
        let state = self.state.lock();
        let Some(connection) = state.connections.get(id) else { return Known::No };
        let inner = connection.inner.lock();
        if !inner.settled {
            return Known::No;
        }
        let seen = sees_own(&inner, cursor, groups);
        let groups = if seen { inner.groups.keys().cloned().collect() } else { Vec::new() };
        Known::Here { groups, unasked: inner.unasked.clone() }
    }

    /// Attaches a stream: an earlier one of the same connection ends, what was missed is found in the log, and from
    /// here on everything new is handed to it. All in one step of the node's order.
    ///
    pub(crate) fn attach(&self, attach: Attach) -> Result<Attached, NotAttached> {
        let mut state = self.state.lock();
        let known = state.connections.get(&attach.id).cloned();
        let settled = known.as_ref().is_some_and(|connection| connection.inner.lock().settled);
        if settled != attach.expected_known {
            return Err(NotAttached::Changed);
        }
        if known.is_none() && state.connections.len() >= self.max_connections {
            return Err(NotAttached::Full);
        }
        // An end by the slow-client policy takes the position with it.
        if attach.is_poll && state.ended.get(&attach.id).is_some_and(|ending| ending.stopped) {
            return Err(NotAttached::Ended);
        }
        let ending = state.ended.remove(&attach.id);
        let cut_at = ending.as_ref().and_then(|ending| ending.cut_at);
        let head = state.log.head();
        let connection = match known {
            Some(connection) => connection,
            None => {
                let key = self.keys.fetch_add(1, Ordering::Relaxed);
                let connection = Arc::new(Connection::new(
                    attach.id,
                    key,
                    attach.user.clone(),
                    attach.wire,
                    attach.request.clone(),
                    attach.limits,
                    attach.calls,
                ));
                state.connections.insert(attach.id, connection.clone());
                counters::CONNECTIONS.add(1);
                connection
            }
        };
        let mut inner = connection.inner.lock();
        if inner.phase == Phase::Ended {
            return Err(NotAttached::Changed);
        }
        inner.cut_at = inner.cut_at.max(cut_at);
        if let Some(ending) = ending {
            // Its events come after those of the life before.
            inner.turns = ending.turns;
        }
        // What was sent to a connection before its first stream, since a request made it known, is not lost to it.
        let since_known = inner.known_at;
        let cursor = attach.cursor.filter(|cursor| *cursor <= head && inner.cut_at.is_none_or(|cut| *cursor > cut));
        let cursor = cursor.or(since_known.filter(|_| !settled));
        let (sees_own, needs_token) = if settled {
            let seen = sees_own(&inner, cursor, &attach.groups);
            let newest = inner.token.map_or(0, |token| token.at);
            let behind = cursor.is_some_and(|cursor| cursor < newest);
            let stale = match &attach.groups {
                GroupsSeen::Token { sequence, renew, .. } => *sequence < inner.version || *renew || behind,
                GroupsSeen::NoToken => inner.version != 0,
                GroupsSeen::Refused => false,
            };
            let stage_adds = !seen && attach.stage.iter().any(|(.., answered)| !answered.is_empty());
            if stage_adds {
                // The stage has the last word also where the client brought no good token: what it sees is what the stage answers.
                inner.sees_groups = false;
                let asked = |scope| attach.stage.iter().any(|(asked, ..)| *asked == scope);
                self.settle_unseen(&mut state, &connection, &mut inner, asked);
                // Nobody was asked about the others: they keep their membership, and are asked about when they are listed.
                inner.unasked = ScopeId::sorted(inner.groups.keys().map(|(scope, _)| *scope));
            }
            (seen || stage_adds, (seen && stale) || stage_adds)
        } else {
            let mut renew = inner.version != 0;
            if let GroupsSeen::Token { sequence, renew: due, groups, .. } = &attach.groups {
                renew |= *due;
                inner.version = inner.version.max(*sequence);
                let restored: Vec<GroupKey> = groups
                    .iter()
                    .filter(|(scope, group)| {
                        // A listed hub's groups are what its stage answers, below.
                        attach.stage.iter().all(|(asked, ..)| asked != scope)
                            && !inner.groups.contains_key(&(*scope, group.clone()))
                    })
                    .cloned()
                    .collect();
                let at_most = self.groups_per_connection;
                note_refused(&attach.id, restored.len().saturating_sub(at_most));
                for key in restored.into_iter().take(at_most) {
                    if !inner.unasked.contains(&key.0) {
                        inner.unasked.push(key.0);
                    }
                    inner.groups.insert(key.clone(), 0);
                    state.groups.entry(key).or_default().insert(connection.key, connection.clone());
                }
            }
            (true, renew)
        };
        let mut refused = 0_usize;
        for (scope, asked, answered) in &attach.stage {
            if sees_own {
                inner.unasked.retain(|unasked| unasked != scope);
            }
            // A connection may be in a thousand groups, so lists are not searched through for each.
            let (kept, held): (HashSet<&GroupName>, HashSet<&GroupName>) =
                (answered.iter().collect(), asked.iter().collect());
            for group in asked {
                let key = (*scope, group.clone());
                if !kept.contains(group) && inner.groups.remove(&key).is_some() {
                    remove_member(&mut state.groups, &key, connection.key);
                }
            }
            for group in answered {
                let key = (*scope, group.clone());
                if inner.groups.contains_key(&key) {
                    continue;
                }
                if inner.groups.len() >= self.groups_per_connection {
                    refused += 1;
                    continue;
                }
                // What the token had is heard from the cursor on; what the stage adds, from now on.
                let joined = if !settled && held.contains(group) { 0 } else { state.log.head() };
                inner.groups.insert(key.clone(), joined);
                state.groups.entry(key).or_default().insert(connection.key, connection.clone());
            }
        }
        note_refused(&attach.id, refused);
        if let GroupsSeen::Token { sequence, issued, .. } = &attach.groups {
            // The token that was brought is renewed in time like one that this node issued.
            inner.token.get_or_insert(TokenSent { version: *sequence, at: 0, issued: Some(*issued) });
            inner.first_token.get_or_insert(0);
        }
        self.listen(&mut state, &connection, &mut inner, &attach.listens);
        inner.settled = true;
        inner.sees_groups = sees_own;
        inner.needs_token = needs_token;
        inner.request = attach.request;
        inner.limits = attach.limits;
        if let Some(deadline) = inner.deadline.take() {
            state.deadlines.take(deadline);
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
                let missed =
                    state.log.missed(position, attach.id, &topics, member, |scope| inner.hears(scope), sees_own);
                if missed.gap {
                    tracing::warn!(connection = %attach.id, "a client came back after some of its messages had left the log");
                    counters::REPLAY_GAPS.add(1);
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
        let (stream, position) = (inner.stream, inner.position);
        drop(inner);
        Ok(Attached { connection, stream, position })
    }

    /// A connection for a request that carries no stream and comes before one: it is kept until its deadline and settled by
    /// the first stream. Gives the one that is there, if there is one.
    pub(crate) fn provisional(&self, provisional: Provisional<'_>) -> Result<Arc<Connection>, NotAttached> {
        let Provisional { id, user, wire, request, limits, calls, listens, deadline } = provisional;
        let mut state = self.state.lock();
        if let Some(connection) = state.connections.get(&id) {
            return Ok(connection.clone());
        }
        if state.ended.get(&id).is_some() {
            return Err(NotAttached::Ended);
        }
        if state.connections.len() >= self.max_connections {
            return Err(NotAttached::Full);
        }
        let key = self.keys.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::new(Connection::new(id, key, user, wire, request, limits, calls));
        let mut inner = connection.inner.lock();
        self.listen(&mut state, &connection, &mut inner, listens);
        inner.deadline = Some(state.deadlines.put(self.micros(deadline), id));
        inner.known_at = Some(state.log.head());
        drop(inner);
        state.connections.insert(id, connection.clone());
        counters::CONNECTIONS.add(1);
        self.alarm.notify_one();
        Ok(connection)
    }

    fn listen(&self, state: &mut State, connection: &Arc<Connection>, inner: &mut Inner, listens: &[ScopeId]) {
        let sorted = ScopeId::sorted(listens.iter().copied()).into_boxed_slice();
        if inner.listens == sorted {
            return;
        }
        for scope in inner.listens.iter().filter(|scope| !listens.contains(scope)) {
            if let Some(members) = state.scopes.get_mut(scope.index()).map(|scope| &mut scope.listeners) {
                members.remove(&connection.key);
            }
            if let Some(user) = &connection.user {
                remove_member(&mut state.users, &(*scope, user.id().clone()), connection.key);
            }
        }
        for scope in listens {
            if let Some(members) = state.scopes.get_mut(scope.index()).map(|scope| &mut scope.listeners) {
                members.insert(connection.key, connection.clone());
            }
            if let Some(user) = &connection.user {
                state.users.entry((*scope, user.id().clone())).or_default().insert(connection.key, connection.clone());
            }
        }
        inner.listens = sorted;
    }
}

/// Says that so many groups of a rejoin were more than a connection may be in.
fn note_refused(id: &ConnectionId, refused: usize) {
    if refused > 0 {
        tracing::warn!(connection = %id, refused, "more groups to rejoin than a connection may be in");
        counters::GROUPS_REFUSED.add(refused);
    }
}

/// Section 13.2, rules 1 to 3.
fn sees_own(inner: &Inner, cursor: Option<Seq>, groups: &GroupsSeen) -> bool {
    match groups {
        GroupsSeen::Token { .. } => true,
        GroupsSeen::Refused => false,
        GroupsSeen::NoToken => inner.first_token.is_none_or(|first| cursor.is_none_or(|cursor| cursor < first)),
    }
}
