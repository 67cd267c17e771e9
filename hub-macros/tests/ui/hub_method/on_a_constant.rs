#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    const LIMIT: usize = 10;

    #[hub_method]
    fn send(&self) {}
}

fn main() {}
