#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method(connected = true)]
    fn one(&self) {}

    #[hub_method(disconnected("why"))]
    fn two(&self) {}
}

fn main() {}
