use hub_core::hub;

#[hub(connected)]
struct ChatHub;

fn main() {}
