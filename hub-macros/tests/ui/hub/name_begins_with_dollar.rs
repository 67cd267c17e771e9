use hub_core::hub;

#[hub(name = "$chat")]
struct ChatHub;

fn main() {}
