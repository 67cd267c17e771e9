//! Topics, and the chain of entries on each.

use std::collections::{HashMap, hash_map::Entry};

use super::{Seq, entry::name_bytes};
use crate::{
    connection::ConnectionId,
    groups::{GroupName, UserId},
    server::ScopeId,
};

/// What an entry is addressed to. An entry may have several topics.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Topic {
    /// Everyone who listens to a hub.
    Scope(ScopeId),
    /// One connection, whichever hub.
    Connection(ConnectionId),
    /// The members of a group.
    Group(ScopeId, GroupName),
    /// The connections of a user that listen to a hub.
    User(ScopeId, UserId),
}

/// That an entry stands on a topic, and which entry of it came before (0: none that is known).
#[derive(Debug)]
pub(crate) struct Link {
    pub topic: Topic,
    pub previous: Seq,
}

#[derive(Debug, Clone, Copy, Default)]
struct Chain {
    /// The newest entry.
    head: Seq,
    /// The newest entry that has fallen off the ring, or 0.
    evicted: Seq,
}

/// A table for so many topics is never too large.
const KEPT: usize = 256;

/// The newest entry of every topic that has one in the ring.
#[derive(Debug, Default)]
pub(super) struct Chains {
    by_topic: HashMap<Topic, Chain>,
    /// The newest entry of any topic whose chain was forgotten whole.
    forgotten: Seq,
    bytes: usize,
}

impl Chains {
    /// Puts `seq` at the head of the chain and tells what it links to.
    pub(super) fn link(&mut self, topic: Topic, seq: Seq) -> Link {
        match self.by_topic.entry(topic) {
            Entry::Occupied(mut chain) => {
                let previous = std::mem::replace(&mut chain.get_mut().head, seq);
                // All entries of a topic share its name.
                Link { topic: chain.key().clone(), previous }
            }
            Entry::Vacant(place) => {
                let topic = place.key().clone();
                self.bytes = self.bytes.saturating_add(chain_bytes(&topic));
                place.insert(Chain { head: seq, evicted: 0 });
                Link { topic, previous: 0 }
            }
        }
    }

    /// Notes that an entry fell off the ring.
    pub(super) fn evict(&mut self, links: &[Link], seq: Seq) {
        for link in links {
            if let Some(chain) = self.by_topic.get_mut(&link.topic) {
                if chain.head == seq {
                    self.by_topic.remove(&link.topic);
                    self.bytes = self.bytes.saturating_sub(chain_bytes(&link.topic));
                    self.forgotten = self.forgotten.max(seq);
                } else {
                    chain.evicted = seq;
                }
            }
        }
        // What many topics once took is given back when there are few.
        if self.by_topic.capacity() > KEPT && self.by_topic.len() < self.by_topic.capacity() / 4 {
            self.by_topic.shrink_to(self.by_topic.len().saturating_mul(2));
        }
    }

    /// The newest entry of a topic in the ring, or 0.
    pub(super) fn head(&self, topic: &Topic) -> Seq {
        self.by_topic.get(topic).map_or(0, |chain| chain.head)
    }

    /// Whether something of this topic that stood after `position` is known to have fallen off.
    pub(super) fn lost_after(&self, topic: &Topic, position: Seq) -> bool {
        self.by_topic.get(topic).is_some_and(|chain| chain.evicted > position)
    }

    /// Whether a topic without a chain may have had entries after `position`.
    pub(super) fn may_have_lost_after(&self, topic: &Topic, position: Seq) -> bool {
        self.forgotten > position && !self.by_topic.contains_key(topic)
    }

    /// What the chains count against the ring's budget.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.by_topic.capacity()
    }

    pub(super) fn len(&self) -> usize {
        self.by_topic.len()
    }
}

/// What a chain takes: its name, and twice its place in the table, which may be half empty.
fn chain_bytes(topic: &Topic) -> usize {
    let name = match topic {
        Topic::Group(_, name) => name_bytes(name.as_str()),
        Topic::User(_, id) => name_bytes(id.as_str()),
        Topic::Scope(_) | Topic::Connection(_) => 0,
    };
    name.saturating_add(2 * (size_of::<(Topic, Chain)>() + 1))
}
