use hub_core::hub;

#[hub(authorize())]
struct One;

#[hub(authorize(roles()))]
struct Two;

#[hub(authorize(users("ann", "")))]
struct Three;

fn main() {}
