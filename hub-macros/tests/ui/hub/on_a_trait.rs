use hub_core::hub;

#[hub]
trait Chat {
    #[hub_method]
    fn send(&self, text: String);
}

fn main() {}
