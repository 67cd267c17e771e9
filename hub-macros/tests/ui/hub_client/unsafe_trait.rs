use hub_core::hub_client;

#[hub_client]
unsafe trait ChatClient {
    fn show(&self, text: &str);
}

fn main() {}
