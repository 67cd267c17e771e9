use hub_core::hub;

#[hub("chat")]
struct ChatHub;

fn main() {}
