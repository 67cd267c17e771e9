//! The wall clock.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// Where tokens take the time from, in milliseconds since the Unix epoch.
///
/// It is the wall clock and not a monotonic one, because a token is read by other processes and
/// after a restart. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// The system's clock. A time before 1970 counts as zero.
    pub fn system() -> Self {
        Self::from_fn(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
    }

    /// A clock that asks `now_ms`, for tests and simulations.
    pub fn from_fn(now_ms: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    /// A clock that stands at what `now_ms` holds, for tests that move the time.
    pub fn shared(now_ms: Arc<AtomicU64>) -> Self {
        Self::from_fn(move || now_ms.load(Ordering::Relaxed))
    }

    /// Milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> u64 {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now_ms()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_is_in_milliseconds() {
        let now = Clock::system().now_ms();
        assert!((1_700_000_000_000..10_000_000_000_000).contains(&now), "{now}");
    }

    #[test]
    fn a_shared_clock_moves_with_its_number() {
        let time = Arc::new(AtomicU64::new(5));
        let clock = Clock::shared(Arc::clone(&time));
        assert_eq!(clock.now_ms(), 5);
        time.store(9, Ordering::Relaxed);
        assert_eq!(clock.clone().now_ms(), 9);
    }
}
