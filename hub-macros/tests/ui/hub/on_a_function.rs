use hub_core::hub;

#[hub]
pub fn chat() {}

fn main() {}
