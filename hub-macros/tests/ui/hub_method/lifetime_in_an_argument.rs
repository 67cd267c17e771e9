#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

use std::borrow::Cow;

#[hub]
impl ChatHub {
    #[hub_method]
    fn send<'a>(&'a self, text: Cow<'a, str>) {}
}

fn main() {}
