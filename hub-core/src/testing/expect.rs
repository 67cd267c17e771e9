//! Expectations: what is waited for, how long, and what a failure says.

use std::{panic::Location, time::Duration};

/// How long is waited for something that should come, unless [`TestServer::patience`](super::TestServer::patience) says
/// otherwise.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// How long [`TestClient::no_calls`](super::TestClient::no_calls) listens. Under paused time any time is enough.
pub(super) const QUIET: Duration = Duration::from_millis(50);

/// Ends the test at the place of the expectation.
#[allow(clippy::panic, reason = "a failed expectation is to fail the test")]
pub(super) fn fail(place: &'static Location<'static>, text: &str) -> ! {
    panic!("{text}\n(expected at {place})")
}
