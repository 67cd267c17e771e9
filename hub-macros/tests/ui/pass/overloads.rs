//! One wire name for several methods, as long as the number of arguments tells them apart; what is injected does not count.

#![deny(warnings)]

use hub_core::{Caller, hub, hub_client};

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    fn join(&self, room: String) -> String {
        room
    }

    #[hub_method(name = "join")]
    async fn join_as(&self, caller: &Caller, room: String, name: String) -> usize {
        caller.user_name().len() + room.len() + name.len()
    }

    #[hub_method(name = "Join")]
    const fn join_nothing(&self) {}
}

#[hub_client]
trait ChatClient {
    fn show(&self, text: &str);
    #[client_method(name = "show")]
    fn show_loud(&self, text: &str, volume: u8);
    #[client_method]
    fn hide(&self);
}

fn main() {
    let _ = hub_core::HubServer::builder().hub(ChatHub);
}
