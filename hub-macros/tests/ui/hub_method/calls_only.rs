#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method(authorize(calls_only, roles("admin")))]
    fn one(&self) {}
}

fn main() {}
