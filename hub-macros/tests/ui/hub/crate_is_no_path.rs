use hub_core::hub;

#[hub(crate = "hubs")]
struct One;

#[hub(crate)]
struct Two;

fn main() {}
