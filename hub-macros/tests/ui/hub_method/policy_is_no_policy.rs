#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

fn not_a_policy() {}

#[hub]
impl ChatHub {
    #[hub_method(authorize(policy = not_a_policy))]
    fn one(&self) {}
}

fn main() {}
