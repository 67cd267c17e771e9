use hub_core::hub_method;

struct ChatHub;

impl ChatHub {
    #[hub_method]
    fn send(&self) {}
}

#[hub_method]
fn send() {}

fn main() {}
