use hub_core::hub;

#[hub(client = ChatClient)]
struct ChatHub;

fn main() {}
