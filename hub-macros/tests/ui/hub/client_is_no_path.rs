use hub_core::hub;

#[hub(client = "ChatClient")]
struct One;

#[hub(client = dyn ChatClient)]
struct Two;

#[hub(client)]
struct Three;

#[hub(client = 3)]
struct Four;

#[hub(client = <u8 as Into<u16>>::ChatClient)]
struct Five;

fn main() {}
