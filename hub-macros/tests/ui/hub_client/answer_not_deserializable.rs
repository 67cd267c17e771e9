use hub_core::hub_client;

pub struct Secret;

#[hub_client]
pub trait ChatClient {
    async fn ask(&self) -> Secret;
}

fn main() {}
