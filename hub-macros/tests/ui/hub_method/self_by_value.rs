#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    fn one(self) {}

    #[hub_method]
    fn two(mut self) {}

    #[hub_method]
    fn three(self: Box<Self>) {}
}

fn main() {}
