use hub_core::hub;

#[hub]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    fn send(&self) {
        let text = ;
    }
}

fn main() {}
