use hub_core::hub;

#[hub]
mod chat {}

fn main() {}
