use hub_core::{HubModule, hub_module};

struct Tracing;

#[hub_module(stages = incoming, name = "tracing")]
impl HubModule for Tracing {}

fn main() {}
