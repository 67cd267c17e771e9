use hub_core::hub;

pub struct ChatClientProxy;

#[hub(client = ChatClient)]
pub struct ChatHub;

fn main() {}
