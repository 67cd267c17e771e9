//! Which connections ended here, and how: remembered for a while, bounded.

use std::collections::{HashMap, VecDeque};

use super::{ConnectionId, turns::Turns};
use crate::log::Seq;

/// How many ended connections are remembered at most; the oldest are forgotten first.
const CAPACITY: usize = 100_000;

/// What is remembered of one.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) at_ms: u64,
    /// Whether its client said that it leaves.
    pub(super) stopped: bool,
    /// What its disconnected event, which may still run, is the last of.
    pub(super) turns: Turns,
    /// Where the log stood if the slow-client policy ended it: a cursor up to there means "from now".
    pub(super) cut_at: Option<Seq>,
}

/// Connections that ended on this node not long ago.
#[derive(Debug, Default)]
pub(super) struct Ended {
    by_id: HashMap<ConnectionId, Ending>,
    order: VecDeque<(u64, ConnectionId)>,
}

impl Ended {
    pub(super) fn insert(&mut self, id: ConnectionId, ending: Ending) {
        self.order.push_back((ending.at_ms, id));
        self.by_id.insert(id, ending);
        while self.order.len() > CAPACITY {
            self.forget_oldest();
        }
    }

    pub(super) fn get(&self, id: &ConnectionId) -> Option<&Ending> {
        self.by_id.get(id)
    }

    pub(super) fn remove(&mut self, id: &ConnectionId) -> Option<Ending> {
        self.by_id.remove(id)
    }

    /// Forgets what ended before this time.
    pub(super) fn sweep(&mut self, before_ms: u64) {
        while self.order.front().is_some_and(|(at, _)| *at < before_ms) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((at, id)) = self.order.pop_front()
            && self.by_id.get(&id).is_some_and(|ending| ending.at_ms == at)
        {
            self.by_id.remove(&id);
        }
    }
}
