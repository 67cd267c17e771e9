use hub_core::hub;

#[hub(name = "__proto__")]
struct ChatHub;

#[hub]
struct Constructor;

fn main() {}
