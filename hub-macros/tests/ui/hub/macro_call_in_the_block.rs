#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

macro_rules! methods {
    () => {
        #[hub_method]
        fn send(&self) {}
    };
}

#[hub]
impl ChatHub {
    methods!();

    #[hub_method]
    fn whisper(&self) {}
}

fn main() {}
