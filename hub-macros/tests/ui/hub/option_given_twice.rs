use hub_core::hub;

#[hub(name = "chat", name = "talk")]
struct ChatHub;

fn main() {}
