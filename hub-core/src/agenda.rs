//! What is due when. An agenda takes a place for each thing, and gives up places in any order.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

/// A place in an agenda; never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place(u64);

/// Things by their time, in whatever unit; of two at the same time the one that was put down first is first.
///
/// The order is kept apart from the things, so that it is one type whatever they are, and a place that was given up stays in it until
/// its turn comes or half of the order is of that kind.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    order: BinaryHeap<Reverse<(u64, Place)>>,
    things: HashMap<Place, T>,
    last: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { order: BinaryHeap::new(), things: HashMap::new(), last: 0 }
    }
}

impl<T> Agenda<T> {
    /// So many that were given up may always be in the order.
    const SLACK: usize = 64;

    pub(crate) fn put(&mut self, at: u64, thing: T) -> Place {
        self.last = self.last.wrapping_add(1);
        let place = Place(self.last);
        self.things.insert(place, thing);
        self.order.push(Reverse((at, place)));
        place
    }

    pub(crate) fn take(&mut self, place: Place) -> Option<T> {
        let thing = self.things.remove(&place)?;
        if self.order.len() > self.things.len().saturating_mul(2).saturating_add(Self::SLACK) {
            self.order.retain(|Reverse((_, place))| self.things.contains_key(place));
        }
        Some(thing)
    }

    /// When the first is due.
    pub(crate) fn next(&mut self) -> Option<u64> {
        while let Some(Reverse((at, place))) = self.order.peek() {
            if self.things.contains_key(place) {
                return Some(*at);
            }
            self.order.pop();
        }
        None
    }

    /// Takes the first if it is due by then.
    pub(crate) fn take_due(&mut self, by: u64) -> Option<T> {
        let at = self.next()?;
        if at > by {
            return None;
        }
        let Reverse((_, place)) = self.order.pop()?;
        self.things.remove(&place)
    }

    pub(crate) fn len(&self) -> usize {
        self.things.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_in_order_and_what_was_given_up_does_not() {
        let mut agenda = Agenda::default();
        let places: Vec<Place> =
            [(3, "c"), (1, "a"), (2, "b"), (1, "a too")].map(|(at, thing)| agenda.put(at, thing)).into();
        assert_eq!(agenda.take(places[2]), Some("b"));
        assert_eq!(agenda.take(places[2]), None);
        assert_eq!((agenda.next(), agenda.len()), (Some(1), 3));
        assert_eq!(agenda.take_due(0), None);
        assert_eq!(agenda.take_due(2), Some("a"));
        assert_eq!(agenda.take_due(2), Some("a too"));
        assert_eq!((agenda.take_due(2), agenda.next()), (None, Some(3)));
        assert_eq!(agenda.take(places[0]), Some("c"));
        assert_eq!((agenda.next(), agenda.len()), (None, 0));
    }

    #[test]
    fn places_that_were_given_up_do_not_pile_up() {
        let mut agenda = Agenda::default();
        agenda.put(0, 0);
        for at in 1..10_000 {
            let place = agenda.put(at, at);
            assert_eq!(agenda.take(place), Some(at));
            assert!(agenda.order.len() <= 2 + Agenda::<u64>::SLACK + 1);
        }
        assert_eq!(agenda.take_due(u64::MAX), Some(0));
    }
}
