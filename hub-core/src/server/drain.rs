//! Shutting down quietly: no new connections, then streams end in batches.

use std::{
    future::Future,
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use tokio::task::JoinHandle;

use super::{HubServer, Server};
use crate::{
    connection::{Connection, DisconnectReason, Life},
    core::link::Link,
};

/// Streams are ended in so many batches.
const BATCHES: usize = 10;

/// A connection of any kind.
enum Any {
    Classic(Arc<Connection>),
    Core(Arc<Link>),
}

impl Any {
    fn shut_down(&self, server: &Arc<Server>) -> Option<JoinHandle<()>> {
        match self {
            Self::Classic(connection) => server.end(connection, DisconnectReason::Shutdown),
            Self::Core(link) => Life::end(&**link, DisconnectReason::Shutdown),
        }
    }
}

impl Server {
    /// Every connection, those included that have not shaken hands.
    fn all(&self) -> Vec<Any> {
        let mounts: Vec<_> = self.core_mounts.lock().iter().filter_map(Weak::upgrade).collect();
        let core = mounts.iter().flat_map(|mounted| mounted.all()).map(Any::Core);
        // What has a life of its own is a core client's, and stands in its mount.
        let classic = self.node.all().into_iter().filter(|connection| connection.life.get().is_none());
        classic.map(Any::Classic).chain(core).collect()
    }
}

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
        let connections = self.0.all();
        let batch = connections.len().div_ceil(BATCHES).max(1);
        let pause = over / u32::try_from(BATCHES).unwrap_or(1);
        let mut events = Vec::new();
        for (index, connections) in connections.chunks(batch).enumerate() {
            if index > 0 {
                tokio::time::sleep(pause).await;
            }
            events.extend(connections.iter().filter_map(|connection| connection.shut_down(&self.0)));
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
