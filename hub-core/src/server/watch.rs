//! The one task of a server: ends connections whose time is up, and lets old entries fall off the log.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::time::Instant;

use super::Server;
use crate::{
    connection::{Connection, DisconnectReason},
    dispatch::Event,
    events, task,
};

/// How often it looks even if nothing calls for it.
const AT_LEAST_EVERY: Duration = Duration::from_secs(5);

impl Server {
    /// Starts the task, once, on the runtime of the first connection.
    pub(crate) fn watch(self: &Arc<Self>) {
        self.watch.get_or_init(|| {
            task::spawn(watch(Arc::downgrade(self)));
        });
    }

    /// Ends a connection and tells its hubs. The hubs run on their own task: whoever ends a connection does not wait for them.
    pub(crate) fn end(
        self: &Arc<Self>,
        connection: &Arc<Connection>,
        reason: DisconnectReason,
    ) -> Option<tokio::task::JoinHandle<()>> {
        if let Some(life) = connection.life.get() {
            return life.end(reason);
        }
        let turn = self.node.end(connection, reason)?;
        let (server, connection) = (self.clone(), connection.clone());
        Some(task::spawn(async move {
            let listens = connection.begun();
            let request = connection.request();
            events::run_all(&server, &connection, &request, &listens, Event::Disconnected(reason), turn).await;
        }))
    }
}

async fn watch(server: Weak<Server>) {
    loop {
        let next = {
            let Some(server) = server.upgrade() else { return };
            let remember = server.tokens.life();
            let (due, next) = server.node.due(remember);
            for (connection, reason) in due {
                tracing::debug!(connection = %connection.id, ?reason, "a connection ends");
                server.end(&connection, reason);
            }
            next
        };
        let at = next.unwrap_or_else(|| Instant::now() + AT_LEAST_EVERY).min(Instant::now() + AT_LEAST_EVERY);
        let Some(server) = server.upgrade() else { return };
        let alarm = server.node.alarm.notified();
        tokio::select! {
            () = alarm => {}
            () = tokio::time::sleep_until(at) => {}
        }
    }
}
