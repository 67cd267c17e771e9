use hub_core::hub;

#[hub(authorize, authorize(roles("admin")))]
struct One;

#[hub(authorize, authorize)]
struct Two;

#[hub(authorize(roles("admin"), roles("auditor")))]
struct Three;

fn main() {}
