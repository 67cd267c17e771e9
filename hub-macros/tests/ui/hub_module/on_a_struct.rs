use hub_core::hub_module;

#[hub_module]
struct Tracing;

#[hub_module]
fn trace() {}

fn main() {}
