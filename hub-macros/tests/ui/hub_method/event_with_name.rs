#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method(connected, name = "hello")]
    fn one(&self) {}

    #[hub_method(disconnected, authorize(roles("admin")))]
    fn two(&self) {}
}

fn main() {}
