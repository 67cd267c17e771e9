use hub_core::hub_client;

#[hub_client]
struct ChatClient;

#[hub_client]
impl ChatClient {}

#[hub_client]
fn chat() {}

fn main() {}
