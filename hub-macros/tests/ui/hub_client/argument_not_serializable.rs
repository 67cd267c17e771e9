use hub_core::hub_client;

pub struct Secret;

#[hub_client]
pub trait ChatClient {
    fn show(&self, name: &str, secret: &Secret);
}

fn main() {}
