//! Who runs a connection, where that is more than streams that come and go.

use tokio::task::JoinHandle;

use super::DisconnectReason;

/// The one that runs a connection: it reads, says goodbye and raises the events by itself, and must be asked to end.
pub(crate) trait Life: Send + Sync {
    /// Asks it to end. What it gives, if anything, is done when the events have run.
    fn end(&self, reason: DisconnectReason) -> Option<JoinHandle<()>>;
}
