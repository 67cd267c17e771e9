#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method(authorize())]
    fn one(&self) {}

    #[hub_method(authorize(users()))]
    fn two(&self) {}
}

fn main() {}
