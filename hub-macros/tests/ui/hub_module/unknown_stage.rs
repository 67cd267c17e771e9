use hub_core::{HubModule, hub_module};

struct Tracing;

#[hub_module]
impl HubModule for Tracing {
    async fn incomming(&self) {}
    async fn banana(&self) {}
}

fn main() {}
