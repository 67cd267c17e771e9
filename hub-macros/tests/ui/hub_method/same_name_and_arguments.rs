#![allow(unused_variables, unused_mut)]

use hub_core::{Caller, hub};

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    fn join_room(&self, room: String) {}

    #[hub_method]
    #[allow(non_snake_case)]
    fn joinRoom(&self, caller: &Caller, id: u32) {}

    #[hub_method(name = "JOINROOM")]
    fn enter(&self, room: String) {}

    #[hub_method]
    fn leave(&self) {}

    #[hub_method(name = "Leave")]
    fn go(&self) {}
}

fn main() {}
