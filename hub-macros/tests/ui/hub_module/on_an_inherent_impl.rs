use hub_core::hub_module;

struct Tracing;

#[hub_module]
impl Tracing {
    async fn incoming(&self) {}
}

fn main() {}
