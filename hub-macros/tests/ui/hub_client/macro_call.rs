use hub_core::hub_client;

macro_rules! methods {
    () => {};
}

#[hub_client]
trait ChatClient {
    methods!();
    fn show(&self, text: &str);
}

fn main() {}
