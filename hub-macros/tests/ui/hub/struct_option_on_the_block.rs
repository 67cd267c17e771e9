#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub(client = ChatClient, authorize, nme = "chat", connected)]
impl ChatHub {
    #[hub_method]
    fn send(&self) {}
}

fn main() {}
