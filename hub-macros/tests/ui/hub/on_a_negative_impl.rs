use hub_core::hub;

struct ChatHub;

#[hub]
impl !Send for ChatHub {}

fn main() {}
