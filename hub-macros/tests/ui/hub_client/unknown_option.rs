use hub_core::hub_client;

#[hub_client(name = "chat", rename = "none", authorize)]
trait ChatClient {
    fn show(&self, text: &str);
}

fn main() {}
