//! Random choices that can be repeated: the seed is printed, and `RELIABILITY_SEED` sets it.

use std::hash::{BuildHasher as _, RandomState};

/// A small generator (SplitMix64): good enough to choose, not to keep secrets.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// With the seed of the environment, or a fresh one.
    pub fn fresh(what: &str) -> Self {
        let seed = std::env::var("RELIABILITY_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok())
            .unwrap_or_else(|| RandomState::new().hash_one(what));
        println!("{what}: RELIABILITY_SEED={seed}");
        Self(seed)
    }

    /// Another generator, for another task.
    #[must_use]
    pub fn split(&mut self) -> Self {
        Self(self.next())
    }

    /// The next number.
    #[allow(clippy::should_implement_trait, reason = "it has no end")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// One of them.
    pub fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }
}
