use hub_core::hub;

#[hub]
struct ChatHub<'a>(&'a str);

#[hub]
impl<'a> ChatHub<'a> {
    #[hub_method]
    fn send(&self) {}
}

#[hub]
struct OtherHub<'a>(&'a str);

#[hub]
impl OtherHub<'_> {
    #[hub_method]
    fn send(&self) {}
}

fn main() {}
