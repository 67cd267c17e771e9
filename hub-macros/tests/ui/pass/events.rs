//! Any number of methods for one event, each with what it needs.

#![deny(warnings)]

use hub_core::{Caller, DisconnectReason, HubContext, HubResult, Request, hub};

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method(connected)]
    async fn first(&self, cx: &HubContext<Self>) -> HubResult {
        let _ = cx.request().query("room");
        Ok(())
    }

    #[hub_method(connected)]
    fn second(&self, _: &Caller, _request: &Request) {}

    #[hub_method(reconnected)]
    async fn back(&self) {}

    #[hub_method(disconnected)]
    async fn gone(&self, reason: DisconnectReason) {
        let _ = reason;
    }

    #[hub_method(disconnected)]
    fn gone_again(&self) {}
}

fn main() {
    let _ = hub_core::HubServer::builder().hub(ChatHub);
}
