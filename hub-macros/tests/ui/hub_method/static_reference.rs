#![allow(unused_variables, unused_mut)]

use hub_core::{Caller, hub};

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    fn send(&self, caller: &'static Caller) {}
}

fn main() {}
