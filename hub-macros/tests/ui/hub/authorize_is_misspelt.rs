use hub_core::hub;

#[hub(authorize = "admin")]
struct One;

#[hub(authorize(role("admin")))]
struct Two;

#[hub(authorize(roles = "admin"))]
struct Three;

#[hub(authorize(roles(admin)))]
struct Four;

#[hub(authorize(policy("may_enter")))]
struct Five;

#[hub(authorize(policy = "may_enter"))]
struct Six;

#[hub(authorize(calls_only = true))]
struct Seven;

#[hub(authorize(authorize))]
struct Eight;

fn main() {}
