#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    fn one(&self, text: impl Into<String>) {}

    #[hub_method]
    fn two(&self, texts: Vec<impl Into<String>>) {}
}

fn main() {}
