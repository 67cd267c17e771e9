use hub_core::hub;

#[hub(name: "chat")]
struct One;

#[hub(name = "chat",, authorize)]
struct Two;

#[hub(authorize[roles("admin")])]
struct Three;

#[hub(?)]
struct Four;

fn main() {}
