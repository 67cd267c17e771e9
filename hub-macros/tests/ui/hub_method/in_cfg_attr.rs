#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[cfg_attr(all(), hub_method)]
    fn send(&self) {}
}

fn main() {}
