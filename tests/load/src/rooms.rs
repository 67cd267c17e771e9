//! The hub under load: rooms, and a note of how each connection ended.

use std::{collections::HashMap, sync::Arc};

use hub_core::{Clients, DisconnectReason, HubContext, HubResult, hub, hub_client};
use parking_lot::Mutex;
use tokio::sync::watch;

/// What clients of [`Rooms`] understand.
#[hub_client]
pub trait RoomsClient {
    /// Something was said.
    fn note(&self, from: &str, text: &str);
}

/// Rooms to join and to speak in.
#[hub(name = "rooms", client = RoomsClient)]
#[derive(Debug, Default)]
pub struct Rooms {
    /// How connections ended.
    pub ends: Ends,
}

#[hub]
impl Rooms {
    #[hub_method]
    async fn join(&self, cx: &HubContext<Self>, room: String) -> HubResult<String> {
        cx.groups().add(cx.connection_id(), &room).await?;
        Ok(cx.connection_id().to_string())
    }

    #[hub_method]
    async fn say(&self, clients: &Clients<Self>, room: String, from: String, text: String) -> HubResult {
        Ok(clients.group(&room).note(&from, &text).await?)
    }

    #[hub_method(disconnected)]
    fn left(&self, cx: &HubContext<Self>, reason: DisconnectReason) {
        self.ends.add(cx.connection_id().to_string(), reason);
    }
}

/// Each disconnected event that the hub saw.
#[derive(Debug, Clone)]
pub struct Ends {
    seen: Arc<Mutex<HashMap<String, Vec<DisconnectReason>>>>,
    count: Arc<watch::Sender<usize>>,
}

impl Default for Ends {
    fn default() -> Self {
        Self { seen: Arc::default(), count: Arc::new(watch::Sender::new(0)) }
    }
}

impl Ends {
    fn add(&self, connection: String, reason: DisconnectReason) {
        self.seen.lock().entry(connection).or_default().push(reason);
        self.count.send_modify(|count| *count += 1);
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// Waits until there were so many.
    pub async fn wait_for(&self, count: usize) {
        // The sender lives as long as this.
        let _ = self.count.subscribe().wait_for(|seen| *seen >= count).await;
    }

    /// The reasons for which each connection ended: one, if all is well.
    pub fn by_connection(&self) -> HashMap<String, Vec<DisconnectReason>> {
        self.seen.lock().clone()
    }
}
