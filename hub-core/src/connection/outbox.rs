//! What waits to be written to one connection.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;

use crate::{
    log::{Entry, Seq},
    server::{OutboxLimits, SlowClientPolicy},
};

/// How many places of the log a stream may be behind. Each is eight bytes.
const MAX_BEHIND: usize = 1 << 18;

/// One thing to write.
#[derive(Debug)]
pub(crate) enum Queued {
    /// An entry of the log, shared with its other receivers.
    Entry(Arc<Entry>),
    /// The answer to an invocation, for this stream alone.
    Reply(Bytes),
    /// The response that says the stream is live (`S:1`).
    Init,
}

/// What became of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It waits to be written.
    Queued,
    /// The connection does not hear it, has it already, or will find it in the log.
    Skipped,
    /// It did not fit, and the policy ends the connection.
    Overflow,
    /// It did not fit, and so many older messages were dropped for it.
    Dropped(usize),
}

/// The queue of one stream. While the stream still reads from the log (`behind`), live entries go there as places.
///
/// A send to a group of ten thousand stands in as many queues at the same time, so what an entry takes in one is a pointer
/// and no more: what is not an entry has its place in the order there (`None`), and waits beside it.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Option<Arc<Entry>>>,
    beside: VecDeque<Queued>,
    bytes: usize,
    entries: usize,
    /// Places of the log that are still to be read for this stream.
    pub(super) behind: VecDeque<Seq>,
    /// The newest entry handed over, so that one addressed twice comes once.
    newest: Seq,
}

impl Outbox {
    /// Starts anew at `newest`, with `behind` to be read first. Gives back how many bytes are no longer queued.
    pub(super) fn restart(&mut self, newest: Seq, behind: VecDeque<Seq>) -> usize {
        self.queue = VecDeque::new();
        self.beside = VecDeque::new();
        self.entries = 0;
        self.behind = behind;
        self.newest = newest;
        std::mem::take(&mut self.bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.behind.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_full(&self, limits: &OutboxLimits) -> bool {
        self.queue.len() >= limits.messages || self.bytes >= limits.wait_bytes
    }

    pub(super) fn is_overfull(&self, limits: &OutboxLimits) -> bool {
        self.queue.len() > limits.messages.saturating_mul(2) || self.bytes > limits.bytes.saturating_mul(2)
    }

    /// Queues something that is not an entry: never refused, as its number is bounded by the calls under way.
    pub(super) fn push_control(&mut self, item: Queued) {
        if let Queued::Reply(reply) = &item {
            self.bytes = self.bytes.saturating_add(reply.len());
        }
        self.queue.push_back(None);
        self.beside.push_back(item);
    }

    /// Queues an entry, once.
    pub(super) fn push(&mut self, entry: &Arc<Entry>, limits: &OutboxLimits) -> Pushed {
        if entry.seq <= self.newest {
            return Pushed::Skipped;
        }
        self.newest = entry.seq;
        if !self.behind.is_empty() {
            self.behind.push_back(entry.seq);
            if self.behind.len() <= MAX_BEHIND {
                return Pushed::Queued;
            }
            return match limits.policy {
                SlowClientPolicy::Disconnect => Pushed::Overflow,
                SlowClientPolicy::DropOldest | SlowClientPolicy::Wait => {
                    self.behind.pop_front();
                    Pushed::Dropped(1)
                }
            };
        }
        let bytes = entry.wire_bytes();
        let mut dropped = 0;
        // One entry always fits: what is too large for an empty queue would otherwise never be delivered.
        while self.entries > 0 && (self.entries >= limits.messages || self.bytes.saturating_add(bytes) > limits.bytes) {
            match limits.policy {
                SlowClientPolicy::Disconnect => return Pushed::Overflow,
                SlowClientPolicy::Wait
                    if self.entries < limits.messages.saturating_mul(2)
                        && self.bytes.saturating_add(bytes) <= limits.bytes.saturating_mul(2) =>
                {
                    break;
                }
                SlowClientPolicy::DropOldest | SlowClientPolicy::Wait => {
                    if self.drop_oldest() == 0 {
                        break;
                    }
                    dropped += 1;
                }
            }
        }
        self.entries = self.entries.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        self.queue.push_back(Some(entry.clone()));
        if dropped == 0 { Pushed::Queued } else { Pushed::Dropped(dropped) }
    }

    /// Drops the oldest messages until no more than this is queued, or one is left. Gives how many went.
    pub(super) fn shorten(&mut self, to_bytes: usize) -> usize {
        let mut dropped = 0;
        while self.bytes > to_bytes && self.entries > 1 && self.drop_oldest() > 0 {
            dropped += 1;
        }
        dropped
    }

    /// Drops the oldest message; membership changes and replies stay.
    fn drop_oldest(&mut self) -> usize {
        let oldest = self.queue.iter().position(|item| item.as_ref().is_some_and(|entry| entry.message().is_some()));
        match oldest.and_then(|at| self.queue.remove(at)).flatten() {
            Some(entry) => {
                self.bytes = self.bytes.saturating_sub(entry.wire_bytes());
                self.entries = self.entries.saturating_sub(1);
                1
            }
            None => 0,
        }
    }

    /// Takes everything that is queued, in order, to the end of `items`. Gives the bytes it was.
    pub(super) fn take(&mut self, items: &mut Vec<Queued>) -> usize {
        self.entries = 0;
        // The emptied queues give their memory back: an idle connection keeps none.
        let (queue, mut beside) = (std::mem::take(&mut self.queue), std::mem::take(&mut self.beside));
        items.reserve(queue.len());
        items.extend(queue.into_iter().filter_map(|entry| entry.map(Queued::Entry).or_else(|| beside.pop_front())));
        std::mem::take(&mut self.bytes)
    }
}
