#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method = "chat"]
    fn one(&self) {}
}

fn main() {}
