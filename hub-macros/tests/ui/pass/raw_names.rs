//! Raw identifiers, everywhere a name can stand.

#![deny(warnings)]

use hub_core::{Caller, hub, hub_client};

mod r#mod {
    #[hub_core::hub_client]
    pub(crate) trait r#Virtual {
        fn r#move(&self, r#in: &str, r#type: u8);
        async fn r#await(&self) -> u8;
    }
}

#[hub_client]
trait OtherClient {
    fn r#yield(&self);
}

#[hub(client = r#mod::r#Virtual)]
struct r#Final;

#[hub]
impl r#Final {
    #[hub_method]
    async fn r#type(&self, r#ref: &Caller, r#match: String, mut r#loop: u8) -> u8 {
        let _ = (r#ref, r#match);
        r#loop += 1;
        r#loop
    }
}

fn main() {
    let _ = hub_core::HubServer::builder().hub(r#Final);
}
