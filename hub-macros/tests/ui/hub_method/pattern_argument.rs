#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    fn one(&self, (x, y): (u8, u8)) {}

    #[hub_method]
    fn two(&self, _: String) {}
}

fn main() {}
