//! `crate = path`, for a program that reaches `hub-core` through another name.

#![deny(warnings)]

extern crate hub_core as hubs;

mod framework {
    pub(crate) mod hub {
        pub(crate) use hub_core::*;
    }
}

use framework::hub::{Clients, HubModule, hub, hub_client, hub_module};

#[hub_client(crate = crate::framework::hub)]
trait ChatClient {
    fn show(&self, text: &str);
    async fn ask(&self) -> bool;
}

#[hub(crate = ::hubs, client = ChatClient, authorize(roles("a")), modules(Quiet::new))]
struct ChatHub;

#[hub(crate = framework::hub)]
impl ChatHub {
    #[hub_method(authorize)]
    async fn send(&self, clients: &Clients<Self>, text: String) -> Result<u8, hubs::HubError> {
        clients.all().show(&text);
        Ok(1)
    }
}

struct Quiet;

impl Quiet {
    fn new(_: &ChatHub) -> Self {
        Self
    }
}

#[hub_module(crate = hubs)]
impl HubModule for Quiet {}

fn main() {
    let _ = hubs::HubServer::builder().hub(ChatHub);
}
