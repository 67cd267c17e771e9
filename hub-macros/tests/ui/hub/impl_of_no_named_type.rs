use hub_core::hub;

struct ChatHub;

#[hub]
impl &ChatHub {
    #[hub_method]
    fn send(&self) {}
}

#[hub]
impl (ChatHub, ChatHub) {
    #[hub_method]
    fn send(&self) {}
}

fn main() {}
