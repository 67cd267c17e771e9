use hub_core::hub;

#[hub(name = "chat.v2")]
struct ChatHub;

fn main() {}
