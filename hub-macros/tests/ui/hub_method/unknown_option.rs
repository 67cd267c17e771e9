#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method(nmae = "a")]
    fn one(&self) {}

    #[hub_method(connect)]
    fn two(&self) {}

    #[hub_method(role("admin"))]
    fn three(&self) {}

    #[hub_method(client = ChatClient, crate = hubs)]
    fn four(&self) {}
}

fn main() {}
