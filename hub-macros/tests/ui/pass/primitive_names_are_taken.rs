//! A program may call its own types like primitive ones.

#![allow(non_camel_case_types, dead_code)]

mod shadows {
    pub struct str;
    pub struct bool;
    pub mod core {}
    pub mod std {}
    pub mod hub_core {}
}

#[allow(unused_imports)]
use shadows::*;

#[::hub_core::hub_client]
trait ChatClient {
    fn show(&self, text: &::core::primitive::str);
}

#[::hub_core::hub(client = ChatClient)]
struct ChatHub;

#[::hub_core::hub]
impl ChatHub {
    #[hub_method]
    async fn send(&self, text: String) {
        let _ = text;
    }
}

fn main() {}
