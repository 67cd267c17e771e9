use hub_core::hub;

#[hub(name = "chat")]
#[hub(authorize)]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    fn send(&self) {}
}

fn main() {}
