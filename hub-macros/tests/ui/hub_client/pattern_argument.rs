use hub_core::hub_client;

#[hub_client]
trait ChatClient {
    fn show(&self, _: &str);
}

fn main() {}
