//! Room where all queues together are at the process's bound.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use super::{Node, sends::Doomed};
use crate::{
    connection::{Connection, ConnectionId, DisconnectReason},
    counters,
    server::SlowClientPolicy,
};

/// How much is freed at least in one go, of the bound. Little: whoever sends waits for it, and those who are cut have last words to say,
/// which everybody else's calls would stand behind.
const PIECE: usize = 1_024;
/// How much of the bound those hold that are found by one look at every queue.
const SHARE: usize = 8;

/// The longest queues as they were at the last look, the longest last.
pub(super) type Longest = Vec<(usize, Weak<Connection>)>;

impl Node {
    /// The longest queues give way first, each by its own policy, so that who is only a moment behind pays for nobody.
    pub(super) fn make_room(
        &self,
        connections: &HashMap<ConnectionId, Arc<Connection>>,
        longest: &mut Longest,
        doomed: &mut Doomed,
    ) {
        let limit = self.queued_bytes_limit;
        if self.queued_bytes() <= limit {
            return;
        }
        let enough = limit - limit / PIECE;
        let mut at_last_look = usize::MAX;
        while self.queued_bytes() > enough {
            match longest.pop() {
                Some((noted, connection)) => {
                    if let Some(connection) = connection.upgrade() {
                        self.give_way(&connection, noted, doomed);
                    }
                }
                // Nobody could give way: what is held is on its way to be taken.
                None if self.queued_bytes() >= at_last_look => return,
                None => {
                    at_last_look = self.queued_bytes();
                    *longest = look(connections, limit / SHARE);
                }
            }
        }
    }

    /// Lets a connection give way that held so much when it was looked at.
    fn give_way(&self, connection: &Arc<Connection>, noted: usize, doomed: &mut Doomed) {
        let mut inner = connection.inner.lock();
        let (bytes, kept) = (inner.outbox.bytes(), connection.kept_bytes());
        // Its transport may have taken it all since, and its client acknowledged it.
        if bytes.saturating_add(kept) <= noted / 2 || inner.end.is_some() {
            return;
        }
        match inner.limits.policy {
            // What is kept to be sent again cannot be dropped: the client would be told that it has everything.
            SlowClientPolicy::DropOldest | SlowClientPolicy::Wait if bytes >= kept => {
                let dropped = inner.outbox.shorten(bytes / 2);
                self.unqueue(bytes - inner.outbox.bytes());
                counters::MESSAGES_DROPPED.add_labelled("policy", "process", dropped);
            }
            _ => {
                self.cut(connection, &mut inner, "process");
                if let Some(kept) = connection.kept.get() {
                    kept.forfeit();
                }
                doomed.push((connection.clone(), DisconnectReason::SlowClient));
            }
        }
    }
}

/// The longest queues that hold so much together.
fn look(connections: &HashMap<ConnectionId, Arc<Connection>>, share: usize) -> Longest {
    let mut queues: Vec<(usize, &Arc<Connection>)> = connections
        .values()
        .map(|connection| {
            let waiting = connection.inner.lock().outbox.bytes();
            (waiting.saturating_add(connection.kept_bytes()), connection)
        })
        .filter(|(bytes, _)| *bytes > 0)
        .collect();
    queues.sort_unstable_by_key(|(bytes, _)| *bytes);
    let mut held = 0_usize;
    let enough = queues.iter().rev().position(|(bytes, _)| {
        held = held.saturating_add(*bytes);
        held >= share
    });
    let first = enough.map_or(0, |at| queues.len().saturating_sub(at).saturating_sub(1));
    queues.drain(first..).map(|(bytes, connection)| (bytes, Arc::downgrade(connection))).collect()
}
