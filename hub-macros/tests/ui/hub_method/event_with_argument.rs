#![allow(unused_variables, unused_mut)]

use hub_core::{Caller, DisconnectReason, hub};

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method(connected)]
    fn one(&self, room: String) {}

    #[hub_method(reconnected)]
    fn two(&self, caller: &Caller, room: String) {}

    #[hub_method(disconnected)]
    fn three(&self, reason: DisconnectReason, room: String) {}
}

fn main() {}
