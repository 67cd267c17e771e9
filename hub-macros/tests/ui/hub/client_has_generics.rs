use hub_core::hub;

#[hub(client = clients::ChatClient<u8>)]
struct ChatHub;

fn main() {}
