//! What has left an outbox and still takes memory.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::lock::Mutex;

/// Bytes of one connection that are kept until its client acknowledges them. They count for the process like those that wait.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Bytes of all connections together.
    all: Arc<AtomicUsize>,
    /// Those of this one; none once they were forfeited.
    own: Mutex<Option<usize>>,
}

impl Kept {
    pub(crate) fn new(all: Arc<AtomicUsize>) -> Self {
        Self { all, own: Mutex::new(Some(0)) }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.own.lock().unwrap_or(0)
    }

    pub(crate) fn add(&self, bytes: usize) {
        if let Some(own) = &mut *self.own.lock() {
            *own = own.saturating_add(bytes);
            self.all.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    pub(crate) fn release(&self, bytes: usize) {
        if let Some(own) = &mut *self.own.lock() {
            let bytes = bytes.min(*own);
            *own = own.saturating_sub(bytes);
            self.all.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// They count no more: the connection is being ended for them. Gives how many they were.
    pub(crate) fn forfeit(&self) -> usize {
        let bytes = self.own.lock().take().unwrap_or(0);
        self.all.fetch_sub(bytes, Ordering::Relaxed);
        bytes
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.forfeit();
    }
}
