//! What the hubs saw: kept until somebody asks.

use std::sync::Arc;

use hub_core::{
    DisconnectReason, GroupName, HubModule, HubResult, hub_module,
    pipeline::{ConnectionEvent, EventNext, Rejoining},
};
use parking_lot::Mutex;
use serde::Serialize;

/// One thing that a hub saw.
#[derive(Debug, Serialize)]
pub(crate) struct Seen {
    hub: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<bool>,
    /// On the core wire only, and there also where it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<String>>,
}

/// All that was seen since it was last taken.
#[derive(Debug, Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<Seen>>>);

impl Events {
    pub(crate) fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.0.lock())
    }

    /// Notes what a rejoining stage was handed.
    pub(crate) fn rejoining(&self, rejoining: &Rejoining<'_>) {
        self.0.lock().push(Seen {
            hub: rejoining.hub.to_owned(),
            event: "rejoining",
            id: None,
            user: rejoining.user().map(|user| user.name().to_owned()),
            stop: None,
            error: None,
            groups: Some(rejoining.groups.iter().map(GroupName::to_string).collect()),
        });
    }

    fn note(&self, event: &ConnectionEvent<'_>, mount: Option<&str>, name: &'static str) {
        self.0.lock().push(Seen {
            hub: mount.unwrap_or(event.hub).to_owned(),
            event: name,
            id: Some(event.connection.to_string()),
            user: event.request.user().map(|user| user.name().to_owned()),
            stop: event.reason.filter(|_| mount.is_none()).map(DisconnectReason::is_deliberate),
            error: mount.map(|_| event.error.map(str::to_owned)),
            groups: None,
        });
    }
}

/// A pipeline module that notes every event before the hub runs it.
///
/// A server of core clients is named after its mount.
pub(crate) struct Watch(pub(crate) Events, pub(crate) Option<&'static str>);

#[hub_module]
impl HubModule for Watch {
    async fn connect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        self.0.note(&event, self.1, "connected");
        next.run(event).await
    }

    async fn reconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        self.0.note(&event, self.1, "reconnected");
        next.run(event).await
    }

    async fn disconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        self.0.note(&event, self.1, "disconnected");
        next.run(event).await
    }
}
