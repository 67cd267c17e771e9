#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method(name = "a", name = "b")]
    fn one(&self) {}

    #[hub_method(connected, connected)]
    fn two(&self) {}
}

fn main() {}
