//! How streams are lost and connections end.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{Node, State, remove_member};
use crate::{
    connection::{Connection, DisconnectReason, Phase, StreamEnd, Turn, ended::Ending},
    counters,
    log::Seq,
    server::ScopeId,
};

impl Node {
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
        let deadline = state.deadlines.put(self.micros(Instant::now() + grace), connection.id);
        if let Some(earlier) = inner.deadline.replace(deadline) {
            state.deadlines.take(earlier);
        }
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

    /// From here on nothing more is queued for a connection that is about to end.
    pub(crate) fn silence(&self, connection: &Connection, reason: DisconnectReason) {
        let mut inner = connection.inner.lock();
        inner.end.get_or_insert(StreamEnd::Ended(reason));
        self.unqueue(inner.outbox.restart(Seq::MAX, Default::default()));
        connection.room.notify_waiters();
    }

    /// Ends a connection: nothing finds it any more. Gives the turn of the disconnected event if there is to be one, that is, if
    /// this call ended it and an event had begun its life.
    pub(crate) fn end(&self, connection: &Arc<Connection>, reason: DisconnectReason) -> Option<Turn> {
        let mut state = self.state.lock();
        let mut inner = connection.inner.lock();
        let phase = std::mem::replace(&mut inner.phase, Phase::Ended);
        if phase == Phase::Ended {
            return None;
        }
        inner.end = Some(StreamEnd::Ended(reason));
        let listens = std::mem::take(&mut inner.listens);
        self.listen_nowhere(&mut state, connection, &listens);
        inner.listens = listens;
        for key in inner.groups.keys() {
            remove_member(&mut state.groups, key, connection.key);
        }
        if let Some(deadline) = inner.deadline.take() {
            state.deadlines.take(deadline);
        }
        self.unqueue(inner.outbox.restart(Seq::MAX, Default::default()));
        connection.room.notify_waiters();
        inner.wake();
        let turn = (phase == Phase::Begun).then(|| inner.turns.take());
        let turns = std::mem::take(&mut inner.turns);
        drop(inner);
        connection.ended.cancel();
        state.connections.remove(&connection.id);
        let cut_at = (reason == DisconnectReason::SlowClient).then(|| state.log.head());
        let stopped = reason == DisconnectReason::StopCalled;
        state.ended.insert(connection.id, Ending { at_ms: self.now_ms(), stopped, turns, cut_at });
        counters::DISCONNECTIONS.add_labelled("reason", reason_name(reason), 1);
        turn
    }

    fn listen_nowhere(&self, state: &mut State, connection: &Arc<Connection>, listens: &[ScopeId]) {
        for scope in listens {
            if let Some(members) = state.scopes.get_mut(scope.index()).map(|scope| &mut scope.listeners) {
                members.remove(&connection.key);
            }
            if let Some(user) = &connection.user {
                remove_member(&mut state.users, &(*scope, user.id().clone()), connection.key);
            }
        }
    }

    /// Connections to be ended now, and when to look again at the latest.
    pub(crate) fn due(&self, remember: Duration) -> (Vec<(Arc<Connection>, DisconnectReason)>, Option<Instant>) {
        let now = self.micros(Instant::now());
        let now_ms = self.now_ms();
        let mut state = self.state.lock();
        state.log.evict(now_ms);
        let remember = u64::try_from(remember.as_millis()).unwrap_or(u64::MAX);
        state.ended.sweep(now_ms.saturating_sub(remember));
        let mut due = std::mem::take(&mut state.doomed);
        while let Some(id) = state.deadlines.take_due(now) {
            if let Some(connection) = state.connections.get(&id).cloned() {
                connection.inner.lock().deadline = None;
                due.push((connection, DisconnectReason::TimedOut));
            }
        }
        let next = state.deadlines.next().and_then(|at| self.started.checked_add(Duration::from_micros(at)));
        (due, next)
    }
}

fn reason_name(reason: DisconnectReason) -> &'static str {
    match reason {
        DisconnectReason::StopCalled => "stop",
        DisconnectReason::TimedOut => "timeout",
        DisconnectReason::SlowClient => "slow",
        DisconnectReason::ConnectedFailed => "connected_failed",
        DisconnectReason::Shutdown => "shutdown",
        DisconnectReason::Aborted => "aborted",
        DisconnectReason::Fault => "fault",
    }
}
