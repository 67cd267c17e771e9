use hub_core::hub;

#[hub(name = "")]
struct ChatHub;

fn main() {}
