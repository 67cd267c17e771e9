//! Everything at once, as a user would write it, with every lint that comes to mind.

#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused)]
#![deny(unused_qualifications, rust_2018_idioms, let_underscore, keyword_idents, future_incompatible)]
#![deny(single_use_lifetimes, trivial_casts, unused_lifetimes, unnameable_types, elided_lifetimes_in_paths)]

use hub_core::{
    Caller, Clients, ConnectionId, DisconnectReason, Groups, HubContext, HubResult, hub, hub_client,
};

/// What the server may call on every chat client.
#[hub_client]
pub trait ChatClient {
    /// Shows a message.
    fn add_chat_message(&self, name: &str, message: &str);
    /// Asks the user.
    async fn confirm(&self, question: &str) -> bool;
}

/// Inside of the crate nobody needs documentation.
#[hub_client]
pub(crate) trait QuietClient {
    fn show(&self);
}

/// Rooms to talk in.
#[derive(Debug)]
#[hub(name = "chat", client = ChatClient, authorize(calls_only, roles("member", "guest")))]
pub struct ChatHub {
    greeting: String,
}

#[hub]
impl ChatHub {
    /// The greeting when there is no other.
    pub const GREETING: &'static str = "hello";

    #[hub_method(connected)]
    async fn take_seats(&self, cx: &HubContext<Self>) -> HubResult {
        cx.clients().caller().add_chat_message("server", &self.greeting);
        Ok(())
    }

    #[hub_method(disconnected)]
    async fn leave_seats(&self, caller: &Caller, reason: DisconnectReason) {
        let _text = format!("{} {reason:?}", caller.user_name());
    }

    /// Joins a room.
    #[hub_method]
    pub async fn join_room(
        &self,
        clients: &Clients<Self>,
        groups: &Groups<Self>,
        caller: &Caller,
        room: String,
    ) -> HubResult {
        groups.add(&caller.connection_id(), &room).await?;
        clients.group(&room).add_chat_message(caller.user_name(), "joined");
        Ok(())
    }

    #[hub_method(authorize(roles("admin")), name = "kick")]
    async fn remove_member(&self, cx: &HubContext<Self>, room: String, id: ConnectionId) -> HubResult {
        if cx.clients().client(&id).confirm("leave?").await? {
            cx.groups().remove(&id, &room).await?;
        }
        Ok(())
    }

    #[hub_method]
    fn length(&self, text: String) -> usize {
        self.helper(&text)
    }

    fn helper(&self, text: &str) -> usize {
        text.len()
    }
}

fn main() {
    let hub = ChatHub { greeting: ChatHub::GREETING.to_owned() };
    assert_eq!(hub.length("abc".to_owned()), 3);
    let _server = hub_core::HubServer::builder().hub(hub);
}
