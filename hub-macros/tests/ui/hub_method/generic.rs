#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    fn one<T: Default>(&self, value: T) {}

    #[hub_method]
    fn two<const N: usize>(&self, values: Vec<u8>) {}
}

fn main() {}
