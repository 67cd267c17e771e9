use hub_core::hub_client;

#[hub_client]
trait ChatClient {
    const LIMIT: usize;
    type Message;
    fn show(&self, text: &str);
}

fn main() {}
