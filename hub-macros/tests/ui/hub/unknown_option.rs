use hub_core::hub;

#[hub(nam = "chat", banana)]
struct ChatHub;

fn main() {}
