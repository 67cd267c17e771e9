#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method(connected, reconnected)]
    fn one(&self) {}
}

fn main() {}
