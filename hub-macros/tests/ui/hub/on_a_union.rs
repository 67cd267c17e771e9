use hub_core::hub;

#[hub]
union Chat {
    number: u32,
    float: f32,
}

fn main() {}
