use hub_core::hub_client;

#[hub_client]
trait ChatClient {
    unsafe fn one(&self);
    extern "C" fn two(&self);
}

fn main() {}
