//! What hubs and modules saw, for tests to wait for.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::sync::Notify;

/// A list of texts that hubs and modules add to. All clones are one list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Noted(Arc<(Mutex<Vec<String>>, Notify)>);

impl Noted {
    pub(crate) fn note(&self, text: impl Into<String>) {
        self.0.0.lock().push(text.into());
        self.0.1.notify_waiters();
    }

    /// All so far, in order.
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.0.lock().clone()
    }

    /// Takes all so far out.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.0.lock())
    }

    /// Waits until there are so many, and takes them out.
    pub(crate) async fn until(&self, count: usize) -> Vec<String> {
        let waiting = async {
            loop {
                let mut changed = std::pin::pin!(self.0.1.notified());
                changed.as_mut().enable();
                if self.0.0.lock().len() >= count {
                    return self.take();
                }
                changed.await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), waiting).await;
        waited.unwrap_or_else(|_| panic!("{count} notes were expected; there are {:?}", self.all()))
    }

    /// Lets everything run that can, and takes all notes out.
    pub(crate) async fn quiet(&self) -> Vec<String> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.take()
    }
}
