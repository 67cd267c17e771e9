use hub_core::hub;

#[hub]
type Chat = u8;

fn main() {}
