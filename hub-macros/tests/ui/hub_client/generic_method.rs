use hub_core::hub_client;

#[hub_client]
trait ChatClient {
    fn one<T>(&self, value: T);
    fn two<const N: usize>(&self);
}

fn main() {}
