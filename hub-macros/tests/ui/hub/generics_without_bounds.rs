use hub_core::hub;

#[hub]
struct ChatHub<T: Send + Sync>(T);

fn main() {}
