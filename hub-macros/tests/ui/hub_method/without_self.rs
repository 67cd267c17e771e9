#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    fn one() {}

    #[hub_method]
    fn two(text: String) {}
}

fn main() {}
