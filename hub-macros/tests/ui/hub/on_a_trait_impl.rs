#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl Drop for ChatHub {
    #[hub_method]
    fn drop(&mut self) {}
}

fn main() {}
