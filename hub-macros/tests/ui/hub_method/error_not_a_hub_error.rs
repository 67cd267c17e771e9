#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

struct Broken;

#[hub]
impl ChatHub {
    #[hub_method]
    async fn send(&self) -> Result<u8, Broken> {
        Err(Broken)
    }
}

fn main() {}
