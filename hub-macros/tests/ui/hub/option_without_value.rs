use hub_core::hub;

#[hub(name =)]
struct One;

#[hub(name)]
struct Two;

#[hub(name = chat)]
struct Three;

#[hub(name("chat"))]
struct Four;

#[hub(rename_all)]
struct Five;

fn main() {}
