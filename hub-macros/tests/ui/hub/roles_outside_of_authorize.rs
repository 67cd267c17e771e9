use hub_core::hub;

#[hub(roles("admin"), policy = may_enter, calls_only)]
struct ChatHub;

fn main() {}
