//! What a stream is to write: taken by its transport.

use std::sync::Arc;

use super::{GroupKey, Node};
use crate::{
    connection::{Connection, Queued, StreamEnd, state::TokenSent},
    counters,
    log::Seq,
};

impl Node {
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
                counters::REPLAY_GAPS.add(1);
            }
        }
        if inner.outbox.behind.is_empty() {
            self.unqueue(inner.outbox.take(&mut drained.items));
            connection.room.notify_waiters();
        }
        let sent = inner.token.map_or(0, |token| token.version);
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
            drained.token =
                Some(TokenDue { at: changed, sequence: inner.version, groups: inner.groups.keys().cloned().collect() });
            inner.token = Some(TokenSent { version: inner.version, at, issued: None });
        }
        drained
    }

    /// Notes when the last token was issued, and by which state of the key ring.
    pub(crate) fn token_issued(&self, connection: &Connection, at_ms: u64, revision: u64) {
        if let Some(token) = &mut connection.inner.lock().token {
            token.issued = Some((at_ms, revision));
        }
    }

    /// Notes that the token could not be issued: the next keep-alive tries again.
    pub(crate) fn token_failed(&self, connection: &Connection) {
        if let Some(token) = &mut connection.inner.lock().token {
            // The client may hold none that shows this membership, so it must not be believed to have it.
            token.version = 0;
            token.issued = Some((0, 0));
        }
    }

    /// Has a stream send a new token if `is_stale` says so of the last one's time and key ring.
    pub(crate) fn renew_token(&self, connection: &Connection, stream: u64, is_stale: impl Fn(u64, u64) -> bool) {
        let mut inner = connection.inner.lock();
        let issued = inner.token.and_then(|token| token.issued);
        if inner.stream == stream
            && inner.sees_groups
            && issued.is_some_and(|(at_ms, revision)| is_stale(at_ms, revision))
        {
            inner.needs_token = true;
            inner.wake();
        }
    }

    /// The newest place that a stream with nothing to write has reached; none if another has its place.
    pub(crate) fn advance(&self, connection: &Connection, stream: u64) -> Option<Seq> {
        let state = self.state.lock();
        let mut inner = connection.inner.lock();
        if inner.stream != stream {
            return None;
        }
        if inner.outbox.is_empty() {
            inner.position = state.log.head();
        }
        Some(inner.position)
    }
}

/// What a stream is to write.
#[derive(Debug)]
pub(crate) struct Drained {
    pub items: Vec<Queued>,
    /// The place the client was told last, before these items. Of a stream that was replaced it is the other one's.
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
