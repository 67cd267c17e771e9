#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    const LIMIT: usize = 10;

    pub fn helper(&self) -> usize {
        Self::LIMIT
    }
}

fn main() {}
