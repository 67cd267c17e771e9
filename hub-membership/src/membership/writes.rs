//! What was written of late: a look-up that began before a write is set right by it.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use hub_core::{GroupName, UserId};
use tokio::time::Instant;

/// Longer than any look-up and its effect take, and than anything is cached.
const KEPT: Duration = Duration::from_secs(60);
/// How many writes are kept.
const MOST: usize = 100_000;

/// Writes in their order. A number names a place in it.
#[derive(Debug, Default)]
pub(super) struct Writes {
    number: u64,
    users: HashMap<UserId, HashMap<GroupName, Write>>,
    order: VecDeque<(Instant, u64, UserId, GroupName)>,
}

#[derive(Debug, Clone, Copy)]
struct Write {
    number: u64,
    adds: bool,
}

impl Writes {
    /// The place of the last write.
    pub(super) fn now(&self) -> u64 {
        self.number
    }

    /// Notes a write that the store has confirmed.
    pub(super) fn note(&mut self, user: &UserId, group: &GroupName, adds: bool) {
        self.number = self.number.saturating_add(1);
        let write = Write { number: self.number, adds };
        self.users.entry(user.clone()).or_default().insert(group.clone(), write);
        let now = Instant::now();
        self.order.push_back((now, self.number, user.clone(), group.clone()));
        while let Some((at, number, user, group)) = self.order.front()
            && (self.order.len() > MOST || now.duration_since(*at) > KEPT)
        {
            if let Some(groups) = self.users.get_mut(user) {
                // A later write of the same membership has a place of its own.
                if groups.get(group).is_some_and(|write| write.number == *number) {
                    groups.remove(group);
                }
                if groups.is_empty() {
                    self.users.remove(user);
                }
            }
            self.order.pop_front();
        }
    }

    /// What was written of a user since a place, the last word on each group.
    pub(super) fn since(&self, user: &UserId, place: u64) -> Vec<(GroupName, bool)> {
        let writes = self.users.get(user).into_iter().flatten();
        writes.filter(|(_, write)| write.number > place).map(|(group, write)| (group.clone(), write.adds)).collect()
    }

    /// Sets right what was looked up as of a place.
    pub(super) fn correct(&self, user: &UserId, place: u64, groups: &mut Vec<GroupName>) {
        for (group, adds) in self.since(user, place) {
            let held = groups.iter().position(|held| *held == group);
            match (held, adds) {
                (None, true) => groups.push(group),
                (Some(at), false) => {
                    groups.swap_remove(at);
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_last_word_counts_until_its_time_is_over() {
        let (ann, tea, bus) =
            (UserId::new("ann").unwrap(), GroupName::new("tea").unwrap(), GroupName::new("bus").unwrap());
        let mut writes = Writes::default();
        writes.note(&ann, &tea, true);
        let place = writes.now();
        writes.note(&ann, &tea, false);
        writes.note(&ann, &bus, true);
        let mut groups = vec![tea.clone()];
        writes.correct(&ann, place, &mut groups);
        assert_eq!(groups, std::slice::from_ref(&bus));
        tokio::time::advance(KEPT + Duration::from_secs(1)).await;
        writes.note(&ann, &tea, true);
        assert_eq!(writes.since(&ann, 0), [(tea, true)]);
        assert_eq!(writes.order.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_so_many_are_kept() {
        let tea = GroupName::new("tea").unwrap();
        let mut writes = Writes::default();
        for number in 0..=MOST {
            writes.note(&UserId::new(number.to_string()).unwrap(), &tea, true);
        }
        assert_eq!((writes.users.len(), writes.order.len()), (MOST, MOST));
        assert_eq!(writes.since(&UserId::new("0").unwrap(), 0), []);
    }
}
