//! The hubs that several subjects share.

use hub_core::{
    Clients, ConnectionId, DisconnectReason, Groups, HubContext, HubResult, HubServer, HubServerBuilder, SigningKeys,
    hub, hub_client, rejoin::SigningKey,
};

use crate::noted::Noted;

/// What every client of these hubs has.
#[hub_client]
pub(crate) trait Screen {
    fn show(&self, text: &str);
}

/// A hub with groups and events.
#[hub(client = Screen)]
#[derive(Default)]
pub(crate) struct Chat {
    pub(crate) noted: Noted,
}

#[hub]
impl Chat {
    #[hub_method(connected)]
    fn begun(&self, cx: &HubContext<Self>) {
        self.noted.note(format!("chat: connected {}", cx.user_name()));
    }

    #[hub_method(reconnected)]
    fn back(&self, cx: &HubContext<Self>) {
        self.noted.note(format!("chat: reconnected {}", cx.user_name()));
    }

    #[hub_method(disconnected)]
    fn over(&self, cx: &HubContext<Self>, reason: DisconnectReason) {
        self.noted.note(format!("chat: disconnected {} {reason:?}", cx.user_name()));
    }

    #[hub_method]
    async fn join(&self, cx: &HubContext<Self>, group: String) -> HubResult {
        Ok(cx.groups().add(cx.connection_id(), group).await?)
    }

    #[hub_method]
    async fn leave(&self, cx: &HubContext<Self>, group: String) -> HubResult {
        Ok(cx.groups().remove(cx.connection_id(), group).await?)
    }

    #[hub_method]
    async fn add(&self, groups: &Groups<Self>, id: ConnectionId, group: String) -> HubResult {
        Ok(groups.add(id, group).await?)
    }

    #[hub_method]
    async fn say(&self, clients: &Clients<Self>, group: String, text: String) -> HubResult {
        Ok(clients.group(group).show(&text).await?)
    }

    #[hub_method]
    async fn tell_all(&self, clients: &Clients<Self>, text: String) -> HubResult {
        Ok(clients.all().show(&text).await?)
    }

    #[hub_method]
    fn echo(&self, text: String) -> String {
        text
    }
}

/// A second hub of the same kind, for several on one connection.
#[hub(client = Screen)]
#[derive(Default)]
pub(crate) struct Second {
    pub(crate) noted: Noted,
}

#[hub]
impl Second {
    #[hub_method(connected)]
    fn begun(&self, cx: &HubContext<Self>) {
        self.noted.note(format!("second: connected {}", cx.user_name()));
    }

    #[hub_method(reconnected)]
    fn back(&self, cx: &HubContext<Self>) {
        self.noted.note(format!("second: reconnected {}", cx.user_name()));
    }

    #[hub_method(disconnected)]
    fn over(&self, cx: &HubContext<Self>, reason: DisconnectReason) {
        self.noted.note(format!("second: disconnected {} {reason:?}", cx.user_name()));
    }

    #[hub_method]
    async fn join(&self, cx: &HubContext<Self>, group: String) -> HubResult {
        Ok(cx.groups().add(cx.connection_id(), group).await?)
    }

    #[hub_method]
    async fn say(&self, clients: &Clients<Self>, group: String, text: String) -> HubResult {
        Ok(clients.group(group).show(&text).await?)
    }
}

/// Keys that are the same for every server of a test.
pub(crate) fn keys() -> SigningKeys {
    SigningKeys::new([key(7)]).unwrap()
}

pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::new([number; 32]).unwrap()
}

/// A server with both hubs, still to be added to.
pub(crate) fn chat_server(noted: &Noted) -> HubServerBuilder {
    HubServer::builder().signing_keys(keys()).hub(Chat { noted: noted.clone() }).hub(Second { noted: noted.clone() })
}
