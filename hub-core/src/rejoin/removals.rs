//! What was taken from a connection since its token was made.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use crate::{
    agenda::{Agenda, Place},
    counters,
    lock::Mutex,
};

use super::{Clock, VerifiedGroups, groups_token::SKEW_MS};

/// Remembers which groups connections were removed from, so that an older token does not bring
/// them back (section 13.2, item 4, of the classic specification).
///
/// A removal is remembered for as long as a token can live that was made before it, past the end
/// of the connection, in this process. By itself a disconnect is no removal.
///
/// Memory: at most 100,000 removals by default, at about 300 bytes and the names (a name is
/// shared where it repeats). Beyond that the oldest is forgotten first, and counted. Of one
/// connection at most 1,024 are kept apart: with one more they become one, which voids all its
/// earlier tokens. So nobody makes a removal forgotten by leaving other groups all day.
///
/// ```
/// # use hub_core::rejoin::{Clock, Removals, VerifiedGroups};
/// let removals = Removals::new(std::time::Duration::from_secs(630), Clock::system());
/// removals.removed("6f96", "chatHub", "lobby", 8);
///
/// let mut from_token = VerifiedGroups {
///     connection: "6f96".to_owned(),
///     sequence: 7,
/// #   issued_at_ms: 0,
/// #   expires_at_ms: 0,
/// #   newest_key: true,
///     groups: vec![("chatHub".to_owned(), vec!["lobby".to_owned(), "news".to_owned()])],
///     // ..
/// };
/// assert_eq!(removals.filter(&mut from_token), 1);
/// assert_eq!(from_token.of_hub("chatHub").unwrap(), ["news"]);
/// ```
pub struct Removals {
    memory: Mutex<Memory>,
    keep_ms: u64,
    clock: Clock,
}

impl Removals {
    /// The default for how many removals are remembered.
    pub const DEFAULT_MAX_REMOVALS: usize = 100_000;
    /// How many removals of one connection are kept apart.
    pub const MAX_REMOVALS_PER_CONNECTION: usize = 1024;

    /// Remembers for one `token_life`, which is [`TokenAuthority::life`](super::TokenAuthority::life),
    /// and for the minute by which clocks may differ.
    pub fn new(token_life: Duration, clock: Clock) -> Self {
        let life_ms = u64::try_from(token_life.as_millis()).unwrap_or(u64::MAX);
        let memory = Memory { max_removals: Self::DEFAULT_MAX_REMOVALS, ..Memory::default() };
        Self { memory: Mutex::new(memory), keep_ms: life_ms.saturating_add(SKEW_MS), clock }
    }

    /// With another bound on how many are remembered.
    #[must_use]
    pub fn with_max_removals(mut self, max_removals: usize) -> Self {
        self.memory.get_mut().max_removals = max_removals;
        self
    }

    /// Notes that `connection` was removed from `group` of `hub`, by the change of membership
    /// with this [sequence](super::Claims::sequence).
    pub fn removed(&self, connection: &str, hub: &str, group: &str, sequence: u64) {
        let at_ms = self.clock.now_ms();
        let mut memory = self.memory.lock();
        memory.forget_older(at_ms, self.keep_ms);
        memory.note(connection, hub, group, sequence, at_ms);
        memory.forget_surplus();
    }

    /// Notes that `connection` was added to `group` of `hub` (again): a removal with a lower
    /// sequence no longer counts. To be told as soon as the membership is there, before any token
    /// shows it.
    pub fn added(&self, connection: &str, hub: &str, group: &str, sequence: u64) {
        self.memory.lock().clear(connection, hub, group, sequence);
    }

    /// Takes from a token's groups those that its connection was removed from after the token was
    /// made; returns how many. A hub stays listed when its last group goes.
    ///
    /// *After* is by sequence; and by time as well, should sequences begin anew with a process.
    pub fn filter(&self, token: &mut VerifiedGroups) -> usize {
        let memory = self.memory.lock();
        let Some(connection) = memory.connections.get(token.connection.as_str()) else { return 0 };
        let (sequence, issued_at_ms) = (token.sequence, token.issued_at_ms);
        let is_later = |removal: &Removal| removal.sequence > sequence || removal.at_ms > issued_at_ms;
        let void = connection.all.as_ref().is_some_and(is_later);
        let mut dropped = 0_usize;
        for (hub, groups) in &mut token.groups {
            let removals = connection.hubs.get(hub.as_str());
            let before = groups.len();
            groups.retain(|group| {
                !void && !removals.and_then(|removals| removals.get(group.as_str())).is_some_and(is_later)
            });
            dropped = dropped.saturating_add(before.saturating_sub(groups.len()));
        }
        dropped
    }

    /// How many removals are remembered.
    pub fn len(&self) -> usize {
        self.memory.lock().order.len()
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many removals were forgotten before their time, for lack of room. Each of them may let
    /// a connection back into a group for one token life.
    pub fn forgotten(&self) -> u64 {
        self.memory.lock().forgotten
    }
}

impl fmt::Debug for Removals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Removals").field("len", &self.len()).field("forgotten", &self.forgotten()).finish()
    }
}

#[derive(Default)]
struct Memory {
    connections: HashMap<Arc<str>, Connection>,
    /// Whose each removal is, the oldest first.
    order: Agenda<(Arc<str>, Which)>,
    max_removals: usize,
    forgotten: u64,
}

#[derive(Default)]
struct Connection {
    hubs: HashMap<Arc<str>, HashMap<Arc<str>, Removal>>,
    count: usize,
    /// Voids whatever a token of before says.
    all: Option<Removal>,
}

#[derive(Clone, Copy)]
struct Removal {
    sequence: u64,
    at_ms: u64,
    /// Where it is in [`Memory::order`].
    place: Place,
}

/// What a place in the order is about.
enum Which {
    Group { hub: Arc<str>, group: Arc<str> },
    All,
}

impl Memory {
    fn note(&mut self, connection: &str, hub: &str, group: &str, sequence: u64, at_ms: u64) {
        let old = self.take(connection, hub, group);
        let sequence = old.map_or(sequence, |old| old.sequence.max(sequence));
        let name = self.connections.get_key_value(connection).map(|(name, _)| Arc::clone(name));
        let name = name.unwrap_or_else(|| connection.into());
        let known = self.connections.entry(Arc::clone(&name)).or_default();
        if known.count >= Removals::MAX_REMOVALS_PER_CONNECTION {
            return self.void(&name, sequence, at_ms);
        }
        let hub = known.hubs.get_key_value(hub).map_or_else(|| hub.into(), |(name, _)| Arc::clone(name));
        let group: Arc<str> = group.into();
        known.count = known.count.saturating_add(1);
        let groups = known.hubs.entry(Arc::clone(&hub)).or_default();
        let place = self.order.put(at_ms, (name, Which::Group { hub, group: Arc::clone(&group) }));
        groups.insert(group, Removal { sequence, at_ms, place });
    }

    /// Makes one of all removals of a connection.
    fn void(&mut self, name: &Arc<str>, mut sequence: u64, at_ms: u64) {
        let Some(known) = self.connections.get_mut(name) else { return };
        let parts = known.hubs.drain().flat_map(|(_, groups)| groups.into_values()).chain(known.all);
        for part in parts {
            sequence = sequence.max(part.sequence);
            self.order.take(part.place);
        }
        known.count = 0;
        let place = self.order.put(at_ms, (Arc::clone(name), Which::All));
        known.all = Some(Removal { sequence, at_ms, place });
    }

    fn clear(&mut self, connection: &str, hub: &str, group: &str, sequence: u64) {
        let found = self.connections.get(connection).and_then(|known| known.hubs.get(hub)?.get(group));
        if found.is_some_and(|removal| removal.sequence < sequence) {
            self.take(connection, hub, group);
        }
    }

    fn forget_older(&mut self, now_ms: u64, keep_ms: u64) {
        let Some(by) = now_ms.checked_sub(keep_ms) else { return };
        while let Some((connection, which)) = self.order.take_due(by) {
            self.forget(&connection, which);
        }
    }

    fn forget_surplus(&mut self) {
        while self.order.len() > self.max_removals
            && let Some((connection, which)) = self.order.take_due(u64::MAX)
        {
            self.forget(&connection, which);
            self.forgotten = self.forgotten.saturating_add(1);
            counters::REMOVALS_FORGOTTEN.add(1);
        }
    }

    fn forget(&mut self, connection: &str, which: Which) {
        match which {
            Which::Group { hub, group } => {
                self.take(connection, &hub, &group);
            }
            Which::All => {
                if let Some(known) = self.connections.get_mut(connection) {
                    known.all = None;
                }
                self.tidy(connection);
            }
        }
    }

    /// Removes one removal, and what is empty without it.
    fn take(&mut self, connection: &str, hub: &str, group: &str) -> Option<Removal> {
        let known = self.connections.get_mut(connection)?;
        let groups = known.hubs.get_mut(hub)?;
        let removal = groups.remove(group)?;
        if groups.is_empty() {
            known.hubs.remove(hub);
        }
        known.count = known.count.saturating_sub(1);
        self.order.take(removal.place);
        self.tidy(connection);
        Some(removal)
    }

    fn tidy(&mut self, connection: &str) {
        if self.connections.get(connection).is_some_and(|known| known.hubs.is_empty() && known.all.is_none()) {
            self.connections.remove(connection);
        }
    }
}

#[cfg(test)]
#[path = "removals_tests.rs"]
mod tests;
