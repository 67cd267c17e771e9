use hub_core::hub_client;

#[hub_client]
trait ChatClient: Sized {
    fn show(&self, other: Self);
}

fn main() {}
