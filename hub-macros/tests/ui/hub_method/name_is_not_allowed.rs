#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method(name = "")]
    fn one(&self) {}

    #[hub_method(name = "$two")]
    fn two(&self) {}

    #[hub_method(name = "three.four")]
    fn three(&self) {}

    #[hub_method]
    fn constructor(&self) {}

    #[hub_method(name = "__proto__")]
    fn proto(&self) {}

    #[hub_method]
    fn a_name_that_goes_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on(
        &self,
    ) {
    }
}

fn main() {}
