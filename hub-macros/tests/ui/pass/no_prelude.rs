//! Names of the prelude are not used by what the macros write, nor taken for granted.

#![no_implicit_prelude]
#![deny(warnings)]

use ::hub_core::{Caller, hub, hub_client, hub_module};
use ::std::string::String;

// Whoever calls these gets what they ask for, and the macros do not call them.
#[allow(dead_code)]
mod names {
    pub(crate) struct Option;
    pub(crate) struct Result;
    pub(crate) struct Box;
}
#[allow(unused_imports)]
use names::{Box, Option, Result};

#[hub_client]
trait ChatClient {
    fn show(&self, text: &str);
    async fn ask(&self, text: &str) -> bool;
}

#[hub(client = ChatClient, modules(Quiet::new))]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    async fn send(&self, caller: &Caller, text: String) -> String {
        let _ = caller;
        text
    }

    #[hub_method(authorize(roles("admin"), users("ann")))]
    fn add(&self, left: u8, right: u8) -> u8 {
        left + right
    }
}

struct Quiet;

impl Quiet {
    fn new(_: &ChatHub) -> Self {
        Self
    }
}

#[hub_module]
impl ::hub_core::HubModule for Quiet {}

fn main() {
    let _ = ::hub_core::HubServer::builder().hub(ChatHub);
}
