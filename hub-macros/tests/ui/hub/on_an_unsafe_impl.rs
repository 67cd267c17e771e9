use hub_core::hub;

struct ChatHub;

#[hub]
unsafe impl ChatHub {
    #[hub_method]
    fn send(&self) {}
}

fn main() {}
