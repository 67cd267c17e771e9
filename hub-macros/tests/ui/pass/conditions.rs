//! `cfg` on hubs, methods and client methods: what is not there is not asked for.

#![deny(warnings)]

use hub_core::{hub, hub_client, hub_module};

#[hub_client]
trait ChatClient {
    #[cfg(any())]
    fn show(&self, text: NotThere);
    #[cfg(all())]
    fn show(&self, text: &str);
    #[cfg(any())]
    async fn ask(&self) -> NotThere;
}

#[hub_client]
#[cfg(any())]
trait GoneClient {
    fn show(&self, text: NotThere);
}

#[hub(client = ChatClient)]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    #[cfg(any())]
    fn send(&self, text: NotThere) {}

    #[cfg(all())]
    #[hub_method]
    async fn send(&self, text: String) -> String {
        text
    }

    #[cfg_attr(all(), cfg(any()))]
    #[hub_method]
    fn gone(&self, text: NotThere) {}
}

#[hub]
struct Empty;

#[hub]
impl Empty {
    #[cfg(any())]
    #[hub_method]
    fn only(&self) {}
}

#[hub]
#[cfg(any())]
struct GoneHub {
    field: NotThere,
}

#[hub]
#[cfg(any())]
impl GoneHub {
    #[hub_method]
    fn send(&self) {}
}

struct Timing;

#[hub_module]
impl hub_core::HubModule for Timing {
    #[cfg(any())]
    async fn incoming(&self, call: NotThere) {}
}

#[hub_module]
#[cfg(any())]
impl hub_core::HubModule for Gone {}

fn main() {
    let _ = hub_core::HubServer::builder().hub(ChatHub).hub(Empty).module(Timing);
    assert_eq!(<Timing as hub_core::HubModule>::STAGES, hub_core::Stages::NONE);
}
