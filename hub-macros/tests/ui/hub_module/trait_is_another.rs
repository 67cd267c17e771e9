use hub_core::hub_module;

struct Tracing;

#[hub_module]
impl Drop for Tracing {
    fn incoming(&self) {}
}

fn main() {}
