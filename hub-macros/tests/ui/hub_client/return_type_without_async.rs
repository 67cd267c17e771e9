use hub_core::hub_client;

#[hub_client]
trait ChatClient {
    fn confirm(&self, question: &str) -> bool;
}

fn main() {}
