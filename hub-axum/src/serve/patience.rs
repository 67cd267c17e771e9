//! How long a connection may take with the head of a request: longer until its first byte has come than from there on.
//!
//! hyper has one time for both. A short one hangs up on clients that keep a connection for their next request, and such a
//! request may be on its way at that very moment; a long one lets a peer hold a place with a byte now and then.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::rt::{Sleep, Timer};

/// How long the head of a request may take from its first byte; on a new connection, from the start.
pub(super) const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may wait for its next request.
pub(super) const IDLE: Duration = Duration::from_secs(30);

/// Counts the reads of a socket that brought something.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrivals(Arc<AtomicU32>);

impl Arrivals {
    pub(super) fn note(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn so_far(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What hyper asks for the time of a head, one for each connection; the deadline it names is the one of an idle connection.
#[derive(Debug)]
pub(super) struct HeadTimer(pub(super) Arrivals);

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        let seen = self.0.so_far();
        let (deadline, has_begun) = if seen == 0 { (self.now() + HEAD, true) } else { (deadline, false) };
        Box::pin(HeadSleep {
            until: Box::pin(tokio::time::sleep_until(deadline.into())),
            arrivals: self.0.clone(),
            seen,
            has_begun,
        })
    }
}

/// Polled by hyper after each read of a head that is not whole yet.
struct HeadSleep {
    until: Pin<Box<tokio::time::Sleep>>,
    arrivals: Arrivals,
    /// How much had arrived when it began.
    seen: u32,
    /// Whether the head has.
    has_begun: bool,
}

impl Future for HeadSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.has_begun && self.arrivals.so_far() != self.seen {
            self.has_begun = true;
            self.until.as_mut().reset(tokio::time::Instant::now() + HEAD);
        }
        self.until.as_mut().poll(cx)
    }
}

impl Sleep for HeadSleep {}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, timeout};

    use super::*;

    /// How long a sleep that hyper would start now lasts, if something arrives after each of these.
    async fn lasts(timer: &HeadTimer, arrive: &[Duration]) -> Duration {
        let begun = Instant::now();
        let mut sleep = timer.sleep_until((begun + IDLE).into_std());
        for after in arrive {
            if timeout(*after, &mut sleep).await.is_ok() {
                break;
            }
            timer.0.note();
        }
        sleep.await;
        begun.elapsed().max(Duration::ZERO)
    }

    fn about(measured: Duration, expected: Duration) {
        assert!(measured.abs_diff(expected) < Duration::from_millis(50), "{measured:?}, not {expected:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_connection_has_ten_seconds_whatever_it_sends() {
        let timer = HeadTimer(Arrivals::default());
        about(lasts(&timer, &[]).await, HEAD);
        let timer = HeadTimer(Arrivals::default());
        let every = Duration::from_secs(3);
        about(lasts(&timer, &[every, every, every]).await, HEAD);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_was_used_may_wait_and_then_has_ten_seconds() {
        let timer = HeadTimer(Arrivals::default());
        timer.0.note();
        about(lasts(&timer, &[]).await, IDLE);
        let late = Duration::from_secs(25);
        about(lasts(&timer, &[late]).await, late + HEAD);
        about(lasts(&timer, &[late, HEAD / 2]).await, late + HEAD);
    }
}
