use hub_core::hub_client;

#[hub_client]
trait ChatClient {
    fn one(text: &str);
    fn two(self, text: &str);
    fn three(&mut self, text: &str);
    fn four();
}

fn main() {}
