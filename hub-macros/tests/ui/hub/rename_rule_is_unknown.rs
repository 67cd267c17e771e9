use hub_core::hub;

#[hub(rename_all = "Pascal")]
struct One;

#[hub(rename_all = "SHOUTING")]
struct Two;

fn main() {}
