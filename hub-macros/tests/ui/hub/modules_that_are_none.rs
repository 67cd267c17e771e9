use hub_core::hub;

struct NoModule;

impl NoModule {
    fn new(_: &ChatHub) -> Self {
        Self
    }
}

#[hub(modules(NoModule::new))]
struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    fn send(&self) {}
}

fn main() {}
