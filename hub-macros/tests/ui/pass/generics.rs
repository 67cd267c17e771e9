//! Generics, defaults and where clauses of the hub are taken as they stand, and no bound is added.

#![deny(warnings)]

use std::borrow::Cow;
use std::marker::PhantomData;

use hub_core::{Caller, Clients, hub};
use serde::Serialize;
use serde::de::DeserializeOwned;

trait Store: Send + Sync + 'static {
    type Key: DeserializeOwned + Send + 'static;
    type Value: Serialize + Send + Sync + 'static;
    fn load(&self, key: Self::Key) -> Option<Self::Value>;
}

struct Memory;

impl Store for Memory {
    type Key = u32;
    type Value = String;
    fn load(&self, key: u32) -> Option<String> {
        Some(key.to_string())
    }
}

#[hub]
struct StoreHub<S: Store = Memory, const LIMIT: usize = 10>(S)
where
    S::Key: Copy;

#[hub]
impl<S: Store, const LIMIT: usize> StoreHub<S, LIMIT>
where
    S::Key: Copy,
{
    #[hub_method]
    async fn load(&self, clients: &Clients<Self>, key: S::Key) -> Option<S::Value> {
        let _ = clients;
        self.0.load(key)
    }

    #[hub_method]
    fn limit(&self) -> usize
    where
        Self: Sized,
    {
        LIMIT
    }

    fn generic_helpers_are_fine<T: Copy>(&self, value: T) -> T {
        value
    }
}

#[hub]
enum Concrete<T>
where
    T: Send + Sync + 'static,
{
    One(PhantomData<T>),
}

#[hub]
impl Concrete<u8> {
    #[hub_method]
    async fn borrowed<'a>(&'a self, caller: &'a Caller, text: Cow<'_, str>) -> Cow<'a, str> {
        let _ = caller;
        Cow::Owned(text.into_owned())
    }

    #[hub_method]
    fn of_the_hub(self: &Self) -> &str {
        "text"
    }
}

fn main() {
    let hub = StoreHub::<Memory, 10>(Memory);
    assert_eq!(hub.generic_helpers_are_fine(hub.limit()), 10);
    let _ = Concrete::<u8>::One(PhantomData);
    let _ = hub_core::HubServer::builder().hub(hub);
}
