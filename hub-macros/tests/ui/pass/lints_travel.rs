//! `deprecated`, `allow` and `expect` mean on the generated code what they mean on the item.

#![deny(warnings)]

use hub_core::{hub, hub_client};

#[hub_client]
#[deprecated = "use the other one"]
trait OldClient {
    fn show(&self, text: &str);
}

#[hub_client]
trait ChatClient {
    #[deprecated = "use `show`"]
    fn display(&self, text: &str);
    #[allow(non_snake_case)]
    fn showText(&self, text: &str);
    #[expect(clippy::too_many_arguments)]
    fn many(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8);
}

#[hub(client = ChatClient)]
#[deprecated = "use the other one"]
struct OldHub;

#[hub]
#[allow(deprecated)]
impl OldHub {
    #[hub_method]
    #[deprecated = "use nothing"]
    fn old(&self) {}
}

#[hub]
#[allow(non_camel_case_types)]
struct chat_hub;

#[hub]
impl chat_hub {
    #![expect(non_snake_case)]

    #[hub_method]
    #[expect(unused_variables)]
    fn sendText(&self, text: String) {}

    #[hub_method]
    #[deprecated = "use `sendText`"]
    async fn old(&self) {}
}

mod inner {
    #![forbid(unsafe_code)]

    #[hub_core::hub]
    pub struct InnerHub;

    #[hub_core::hub]
    impl InnerHub {
        #[hub_method]
        #[forbid(unused_must_use)]
        fn send(&self) -> u8 {
            1
        }
    }
}

fn main() {
    let _ = hub_core::HubServer::builder().hub(chat_hub).hub(inner::InnerHub);
}
