#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    fn send(&self, numbers: &[u8]) {}
}

fn main() {}
