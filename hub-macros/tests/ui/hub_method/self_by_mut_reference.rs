#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    async fn send(&mut self, text: String) {}
}

fn main() {}
