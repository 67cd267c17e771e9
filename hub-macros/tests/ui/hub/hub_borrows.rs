use hub_core::hub;

#[hub]
struct ChatHub<'a>(&'a str);

#[hub]
impl<'a> ChatHub<'a> {
    #[hub_method]
    fn send(&self) {}
}

fn main() {}
