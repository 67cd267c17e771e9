use hub_core::{HubModule, hub_module};

macro_rules! stages {
    () => {};
}

struct Tracing;

#[hub_module]
impl HubModule for Tracing {
    stages!();
}

fn main() {}
