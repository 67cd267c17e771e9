use hub_core::hub_client;

#[hub_client]
trait ChatClient {
    fn show(&self, text: impl Into<String>);
}

fn main() {}
