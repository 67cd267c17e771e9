//! What a client trait may look like.

#![deny(warnings, missing_debug_implementations)]

use std::borrow::Cow;

use hub_core::{Clients, hub, hub_client};
use serde::Serialize;

/// A name that the generic parameter of the proxy must not hide.
#[derive(Debug, Serialize)]
pub struct A;

/// Supertraits are about implementors, and there are none.
#[hub_client(rename_all = "PascalCase")]
pub trait ChatClient: Send + Sync + 'static {
    /// Borrowed, owned, and with lifetimes of its own.
    fn show<'a>(&self, a: A, text: &str, list: &[Cow<'a, str>], number: u8);
    /// Asks for nothing but an answer.
    async fn wait(&self);
    async fn ask(&self, text: String) -> Option<Vec<String>>;
    /// Takes the name of the way to call by name.
    fn call(&self, text: &str);
    fn clone(&self);
    fn target(&self, target: u8);
    fn send(&self);
    fn many(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8) -> ();
}

#[hub_client]
trait NobodyAsksIt {}

#[hub(client = ChatClient)]
#[derive(Debug)]
pub struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    async fn send(&self, clients: &Clients<Self>) {
        clients.all().show(A, "text", &[Cow::Borrowed("a")], 1);
        let again = Clone::clone(&clients.caller());
        let _ = again.wait().await;
        let _: Option<Vec<String>> = again.ask(String::new()).await.ok().flatten();
        again.call("text");
        clients.others().target(1);
    }
}

#[hub(client = NobodyAsksIt)]
struct ByName;

#[hub]
impl ByName {
    #[hub_method]
    async fn send(&self, clients: &Clients<Self>) {
        clients.all().call("show").argument("text").argument(&1).send();
    }
}

fn main() {
    let _ = hub_core::HubServer::builder().hub(ChatHub).hub(ByName);
}
