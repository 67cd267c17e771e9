use hub_core::hub;

#[hub(modules())]
struct One;

#[hub(modules = make)]
struct Two;

#[hub(modules(make make))]
struct Three;

fn main() {}
