use hub_core::hub_client;

#[hub_client(rename_all = "camel_case")]
trait ChatClient {
    fn show(&self, text: &str);
}

fn main() {}
