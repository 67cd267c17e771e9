//! The order of a connection's events: each takes its place when it is decided on, and runs when those before it have.

use std::convert::Infallible;

use tokio::sync::oneshot;

/// The end of the queue. It goes on from one life of a connection id to the next.
#[derive(Debug, Default)]
pub(super) struct Turns(Option<oneshot::Receiver<Infallible>>);

impl Turns {
    /// Takes the next place. To be called under the lock under which the event is decided on, and only for one that will run.
    pub(super) fn take(&mut self) -> Turn {
        let (done, after) = oneshot::channel();
        Turn { before: self.0.replace(after), _done: done }
    }
}

/// A place in the order of events. When it is dropped, the next one's turn has come.
#[derive(Debug)]
#[must_use]
pub(crate) struct Turn {
    before: Option<oneshot::Receiver<Infallible>>,
    _done: oneshot::Sender<Infallible>,
}

impl Turn {
    /// Waits until the events before have run.
    pub(crate) async fn has_come(&mut self) {
        if let Some(before) = &mut self.before {
            // Nothing is ever sent: the place before ends by being dropped.
            let _ = before.await;
            self.before = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn the_later_place_waits_for_the_earlier_one_whoever_is_polled_first() {
        let mut turns = Turns::default();
        let (mut first, mut second) = (turns.take(), turns.take());
        assert!(second.has_come().now_or_never().is_none());
        assert!(first.has_come().now_or_never().is_some());
        assert!(second.has_come().now_or_never().is_none(), "the first one runs");
        drop(first);
        assert!(second.has_come().now_or_never().is_some());
    }
}
