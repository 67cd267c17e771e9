use hub_core::{hub, hub_client};

#[hub_client]
trait ChatClient {
    fn show(&self);
}

#[hub(client = ChatClient)]
pub struct ChatHub;

fn main() {}
