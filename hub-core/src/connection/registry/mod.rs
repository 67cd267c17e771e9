//! The registry of a node: connections, who listens to what, who is in which group — and the log beside them, since
//! all of it changes in one order, under one short lock.

mod attach;
mod drain;
mod life;
mod membership;
mod room;
mod sends;

pub(crate) use attach::{Attach, Attached, GroupsSeen, Known, NotAttached, Provisional};
pub(crate) use drain::{Drained, TokenDue};
pub(crate) use sends::Recipients;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use tokio::{sync::Notify, time::Instant};

use super::{Connection, ConnectionId, DisconnectReason, ended::Ended};
use crate::{
    agenda::Agenda,
    groups::{GroupName, UserId},
    lock::Mutex,
    log::{Log, LogLimits},
    protocol::{Wire, classic::Epoch},
    rejoin::Removals,
    server::ScopeId,
};

/// Connections by their keys.
type Members = HashMap<u64, Arc<Connection>>;
/// A group of a hub.
type GroupKey = (ScopeId, GroupName);

/// Everything a node knows.
pub(crate) struct Node {
    pub(crate) epoch: Epoch,
    started: Instant,
    state: Mutex<State>,
    keys: AtomicU64,
    queued_bytes: Arc<AtomicUsize>,
    queued_bytes_limit: usize,
    /// How many speak each wire.
    speakers: [AtomicUsize; Wire::ALL.len()],
    groups_per_connection: usize,
    max_connections: usize,
    /// Told when a connection is to be ended or a deadline may have come nearer.
    pub(crate) alarm: Notify,
    removals: Removals,
}

/// A hub, or a type of raw connections, and who listens to it.
struct ScopeMembers {
    name: Arc<str>,
    listeners: Members,
}

struct State {
    log: Log,
    connections: HashMap<ConnectionId, Arc<Connection>>,
    scopes: Vec<ScopeMembers>,
    groups: HashMap<GroupKey, Members>,
    users: HashMap<(ScopeId, UserId), Members>,
    deadlines: Agenda<ConnectionId>,
    longest: room::Longest,
    doomed: Vec<(Arc<Connection>, DisconnectReason)>,
    ended: Ended,
}

impl Node {
    pub(crate) fn new(
        epoch: Epoch,
        log: LogLimits,
        queued_bytes_limit: usize,
        groups_per_connection: usize,
        max_connections: usize,
        removals: Removals,
    ) -> Self {
        Self {
            epoch,
            started: Instant::now(),
            state: Mutex::new(State {
                log: Log::new(log),
                connections: HashMap::new(),
                scopes: Vec::new(),
                groups: HashMap::new(),
                users: HashMap::new(),
                deadlines: Agenda::default(),
                longest: room::Longest::default(),
                doomed: Vec::new(),
                ended: Ended::default(),
            }),
            keys: AtomicU64::new(1),
            queued_bytes: Arc::default(),
            queued_bytes_limit,
            speakers: Default::default(),
            groups_per_connection,
            max_connections,
            alarm: Notify::new(),
            removals,
        }
    }

    pub(crate) fn removals(&self) -> &Removals {
        &self.removals
    }

    /// Widens the log for a mount that can replay.
    pub(crate) fn widen(&self, log: LogLimits) {
        self.state.lock().log.widen(log);
    }

    /// Makes room for the next scope.
    pub(crate) fn add_scope(&self, name: &str) {
        self.state.lock().scopes.push(ScopeMembers { name: name.into(), listeners: Members::new() });
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A time in the unit of the deadlines.
    fn micros(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.started).as_micros()).unwrap_or(u64::MAX)
    }

    /// A connection that lives here.
    pub(crate) fn find(&self, id: &ConnectionId) -> Option<Arc<Connection>> {
        self.state.lock().connections.get(id).cloned()
    }

    /// Every connection that lives here.
    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        self.state.lock().connections.values().cloned().collect()
    }

    /// Connections, groups with members, log entries and log bytes.
    pub(crate) fn counts(&self) -> (usize, usize, usize, usize) {
        let state = self.state.lock();
        let (entries, bytes, _) = state.log.size();
        (state.connections.len(), state.groups.len(), entries, bytes)
    }

    /// Notes that one more, or one less, speaks a wire. To be told before a connection that speaks it is attached, so that a send which
    /// has no form of it was made before there was anybody to hear it.
    pub(crate) fn speaks(&self, wire: Wire, change: isize) {
        if let Some(speakers) = self.speakers.get(wire.index()) {
            if change < 0 {
                speakers.fetch_sub(change.unsigned_abs(), Ordering::SeqCst);
            } else {
                speakers.fetch_add(change.unsigned_abs(), Ordering::SeqCst);
            }
        }
    }

    /// Whether a send needs a form for this wire.
    pub(crate) fn is_spoken(&self, wire: Wire) -> bool {
        self.speakers.get(wire.index()).is_some_and(|speakers| speakers.load(Ordering::SeqCst) > 0)
    }

    /// The count of bytes that wait or are kept for all connections, for those who keep some.
    pub(crate) fn budget(&self) -> Arc<AtomicUsize> {
        self.queued_bytes.clone()
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
}

fn remove_member<K: std::hash::Hash + Eq + Clone>(table: &mut HashMap<K, Members>, key: &K, member: u64) {
    if let Some(members) = table.get_mut(key) {
        members.remove(&member);
        if members.is_empty() {
            table.remove(key);
        }
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
