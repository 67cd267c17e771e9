use hub_core::hub_client;

#[hub_client]
trait ChatClient {
    fn show(&self, text: &mut String);
}

fn main() {}
