//! Room where all queues together are at the process's bound.

use std::{collections::HashMap, sync::Arc};

use super::{Node, sends::Doomed};
use crate::{
    connection::{Connection, ConnectionId, DisconnectReason},
    counters,
    server::SlowClientPolicy,
};

/// The part of the bound that is freed in one go: one in so many. Little, as whoever sends waits for it, and those who are cut have last words
/// to say, which everybody else's calls would stand behind.
const PIECE: usize = 1_024;
/// The part of the bound that those hold who are found by one look at every queue: one in so many.
const SHARE: usize = 8;
/// How long a look tells who holds the most.
const FRESH_MS: u64 = 1_000;

/// The longest queues as they were at the last look, the longest last.
#[derive(Default)]
pub(super) struct Longest {
    looked_at_ms: u64,
    queues: Vec<(usize, ConnectionId)>,
}

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
        let now = self.now_ms();
        if now.saturating_sub(longest.looked_at_ms) > FRESH_MS {
            longest.queues.clear();
        }
        let enough = limit - limit / PIECE;
        let (mut share, mut at_last_look) = (limit / SHARE, usize::MAX);
        while self.queued_bytes() > enough {
            if let Some((noted, id)) = longest.queues.pop() {
                if let Some(connection) = connections.get(&id) {
                    self.give_way(connection, noted, doomed);
                }
                continue;
            }
            let queued = self.queued_bytes();
            if queued >= at_last_look {
                if share == usize::MAX {
                    // Nobody could give way: what is held is on its way to be taken.
                    return;
                }
                // None of the longest could. Perhaps others can.
                share = usize::MAX;
            }
            at_last_look = queued;
            *longest = Longest { looked_at_ms: now, queues: look(connections, share) };
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
fn look(connections: &HashMap<ConnectionId, Arc<Connection>>, share: usize) -> Vec<(usize, ConnectionId)> {
    let mut queues: Vec<(usize, ConnectionId)> = connections
        .values()
        .filter_map(|connection| {
            let inner = connection.inner.lock();
            let bytes = inner.outbox.bytes().saturating_add(connection.kept_bytes());
            (bytes > 0 && inner.end.is_none()).then_some((bytes, connection.id))
        })
        .collect();
    queues.sort_unstable();
    let mut held = 0_usize;
    let enough = queues.iter().rev().position(|(bytes, _)| {
        held = held.saturating_add(*bytes);
        held >= share
    });
    let first = enough.map_or(0, |at| queues.len().saturating_sub(at).saturating_sub(1));
    queues.drain(..first);
    queues
}
