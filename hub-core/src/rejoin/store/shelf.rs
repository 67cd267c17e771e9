//! Which tokens are kept.

use std::collections::HashMap;

use super::TokenReference;
use crate::{
    agenda::{Agenda, Place},
    counters,
};

/// The names, sizes and ends of what a store holds, within a number of tokens and of bytes.
#[derive(Debug)]
pub(super) struct Shelf {
    max_tokens: usize,
    max_bytes: usize,
    held: HashMap<TokenReference, Held>,
    /// What expires first, first. Tokens live equally long, so this is their age as well.
    by_end: Agenda<TokenReference>,
    bytes: usize,
    evicted: u64,
}

#[derive(Debug)]
struct Held {
    bytes: usize,
    end: Place,
}

impl Shelf {
    pub(super) fn new(max_tokens: usize, max_bytes: usize) -> Self {
        Self { max_tokens, max_bytes, held: HashMap::new(), by_end: Agenda::default(), bytes: 0, evicted: 0 }
    }

    /// Whether a token of this size could be kept at all.
    pub(super) fn can_hold(&self, bytes: usize) -> bool {
        bytes <= self.max_bytes && self.max_tokens > 0
    }

    /// Takes a place for a token, or the place it had. Returns what has to go for it.
    #[must_use]
    pub(super) fn place(&mut self, reference: TokenReference, bytes: usize, expires_at_ms: u64) -> Vec<TokenReference> {
        self.remove(reference);
        let mut gone = Vec::new();
        while self.held.len() >= self.max_tokens || self.bytes.saturating_add(bytes) > self.max_bytes {
            let Some(oldest) = self.by_end.take_due(u64::MAX) else { break };
            self.forget(oldest);
            self.evicted = self.evicted.saturating_add(1);
            counters::STORED_TOKENS_EVICTED.add(1);
            gone.push(oldest);
        }
        let end = self.by_end.put(expires_at_ms, reference);
        self.held.insert(reference, Held { bytes, end });
        self.bytes = self.bytes.saturating_add(bytes);
        gone
    }

    /// Gives up the places of what has expired.
    #[must_use]
    pub(super) fn expire(&mut self, now_ms: u64) -> Vec<TokenReference> {
        let mut gone = Vec::new();
        while let Some(reference) = self.by_end.take_due(now_ms) {
            self.forget(reference);
            gone.push(reference);
        }
        gone
    }

    /// Gives up a place.
    pub(super) fn remove(&mut self, reference: TokenReference) {
        if let Some(end) = self.forget(reference) {
            self.by_end.take(end);
        }
    }

    fn forget(&mut self, reference: TokenReference) -> Option<Place> {
        let held = self.held.remove(&reference)?;
        self.bytes = self.bytes.saturating_sub(held.bytes);
        Some(held.end)
    }

    /// How many tokens there are.
    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    /// How many bytes they have.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many had to go before their end.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(number: u8) -> TokenReference {
        TokenReference::new([number; 16])
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many_or_too_large() {
        let mut shelf = Shelf::new(3, 100);
        for number in 1..=3 {
            assert_eq!(shelf.place(reference(number), 10, u64::from(number)), []);
        }
        assert_eq!(shelf.place(reference(4), 10, 4), [reference(1)]);
        assert_eq!(shelf.place(reference(5), 85, 5), [reference(2), reference(3)]);
        assert_eq!((shelf.len(), shelf.bytes(), shelf.evicted()), (2, 95, 3));
        assert!(shelf.can_hold(100));
        assert!(!shelf.can_hold(101));
    }

    #[test]
    fn a_newer_token_takes_the_place_of_the_older() {
        let mut shelf = Shelf::new(2, 100);
        assert_eq!(shelf.place(reference(1), 60, 1), []);
        assert_eq!(shelf.place(reference(1), 90, 2), []);
        assert_eq!((shelf.len(), shelf.bytes(), shelf.evicted()), (1, 90, 0));
    }

    #[test]
    fn what_has_expired_goes_and_is_no_eviction() {
        let mut shelf = Shelf::new(9, 100);
        for number in [3, 1, 2] {
            assert_eq!(shelf.place(reference(number), 10, u64::from(number)), []);
        }
        assert_eq!(shelf.expire(0), []);
        assert_eq!(shelf.expire(2), [reference(1), reference(2)]);
        assert_eq!((shelf.len(), shelf.bytes(), shelf.evicted()), (1, 10, 0));
    }
}
