use hub_core::{Clients, hub, hub_client};

#[hub_client]
pub trait ChatClient {
    async fn confirm(&self, question: &str) -> bool;
}

#[hub(client = ChatClient)]
pub struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    fn ask(&self, clients: &Clients<Self>) {
        clients.group("lobby").confirm("really?");
    }
}

fn main() {}
