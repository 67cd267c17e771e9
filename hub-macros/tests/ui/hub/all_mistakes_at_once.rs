#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method(nam = "a")]
    fn one(self) {}

    #[hub_method]
    fn two<T>(&self, (a, b): (u8, u8), c: &mut u8) {}

    #[hub_method]
    fn three(&self) {}
}

fn three_is_still_there(hub: &ChatHub) {
    hub.three();
    hub.two::<u8>((1, 2), &mut 3);
}

fn main() {}
