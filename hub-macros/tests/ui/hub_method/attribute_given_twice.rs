#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method(name = "a")]
    #[hub_method(authorize)]
    fn one(&self) {}
}

fn main() {}
