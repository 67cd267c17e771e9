use hub_core::hub_client;

#[hub_client]
trait ChatClient<T> {
    fn show(&self, text: &str);
}

fn main() {}
