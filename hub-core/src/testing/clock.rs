//! The wall clock of tests.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::rejoin::Clock;

/// A wall clock that moves with tokio's time: while that is paused it stands still, and `tokio::time::advance` moves it.
///
/// Give it to [`HubServerBuilder::clock`](crate::HubServerBuilder::clock), so that groups tokens age as the rest of the test
/// does. Servers that follow each other in one test take clones of one clock.
pub fn paused_clock() -> Clock {
    let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let since = Instant::now();
    Clock::from_fn(move || u64::try_from((started + since.elapsed()).as_millis()).unwrap_or(u64::MAX))
}
