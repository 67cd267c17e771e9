//! Shutting down quietly: no new connections, then streams end in batches.

use std::{future::Future, sync::atomic::Ordering, time::Duration};

use super::HubServer;
use crate::connection::DisconnectReason;

/// Streams are ended in so many batches.
const BATCHES: usize = 10;

impl HubServer {
    /// Drains the server: negotiate is refused with 503 from here on, streams end in batches over `over`, and disconnected
    /// events run. Resolves when they have.
    ///
    /// Clients come back by themselves, to another server or to this one when it is up again, and rejoin their groups by token.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the server draining, with the streams that were not yet ended.
    pub async fn drain(&self, over: Duration) {
        self.0.draining.store(true, Ordering::Release);
        let connections = self.0.node.all();
        let batch = connections.len().div_ceil(BATCHES).max(1);
        let pause = over / u32::try_from(BATCHES).unwrap_or(1);
        let mut events = Vec::new();
        for (index, connections) in connections.chunks(batch).enumerate() {
            if index > 0 {
                tokio::time::sleep(pause).await;
            }
            events
                .extend(connections.iter().filter_map(|connection| self.0.end(connection, DisconnectReason::Shutdown)));
        }
        for event in events {
            // A panic in a hub has been logged where it happened.
            let _ = event.await;
        }
    }

    /// A future for `axum::serve(..).with_graceful_shutdown(..)`: waits for `signal`, then drains over one second.
    pub fn drain_on(
        &self,
        signal: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        let server = self.clone();
        async move {
            signal.await;
            tracing::info!("draining");
            server.drain(Duration::from_secs(1)).await;
        }
    }

    /// Whether [`HubServer::drain`] was called.
    pub fn is_draining(&self) -> bool {
        self.0.is_draining()
    }
}
