//! One of a client's hubs.

use std::panic::Location;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Invocation, TestClient, expect::fail};

/// One of a client's hubs: its methods and its state. Made by [`TestClient::on`].
#[derive(Debug)]
pub struct ClientHub<'a> {
    client: &'a TestClient,
    name: String,
}

impl<'a> ClientHub<'a> {
    pub(super) fn new(client: &'a TestClient, name: String) -> Self {
        Self { client, name }
    }

    /// As [`TestClient::invoke`], on this hub.
    ///
    /// # Panics
    ///
    /// If the arguments are no tuple.
    #[track_caller]
    pub fn invoke(&self, method: &str, arguments: impl Serialize) -> Invocation {
        let arguments = list(Location::caller(), &arguments);
        self.client.shared().invoke(&self.name, method, arguments)
    }

    /// As [`TestClient::state`], of this hub.
    ///
    /// # Panics
    ///
    /// If the value is not a `T`.
    #[track_caller]
    pub fn state<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let place = Location::caller();
        let memory = self.client.shared().memory.lock();
        let value = memory.state.get(&self.name.to_lowercase())?.get(key)?;
        match T::deserialize(value) {
            Ok(value) => Some(value),
            Err(error) => fail(place, &format!("the state {key:?} is {value}: {error}")),
        }
    }

    /// As [`TestClient::set_state`], of this hub.
    ///
    /// # Panics
    ///
    /// If the value cannot be JSON.
    #[track_caller]
    pub fn set_state(&self, key: &str, value: impl Serialize) {
        let place = Location::caller();
        let value = serde_json::to_value(value)
            .unwrap_or_else(|error| fail(place, &format!("the state {key:?} cannot be JSON: {error}")));
        let mut memory = self.client.shared().memory.lock();
        memory.state.entry(self.name.to_lowercase()).or_default().insert(key.to_owned(), value);
    }
}

/// A tuple as a list of arguments.
pub(super) fn list(place: &'static Location<'static>, arguments: &impl Serialize) -> Value {
    match serde_json::to_value(arguments) {
        Ok(Value::Null) => Value::Array(Vec::new()),
        Ok(list @ Value::Array(_)) => list,
        Ok(other) => fail(place, &format!("arguments are a tuple, `(\"lobby\",)`; this is {other}")),
        Err(error) => fail(place, &format!("the arguments cannot be JSON: {error}")),
    }
}

/// A list of arguments as it stands between the parentheses of a call.
pub(super) fn shown(arguments: &Value) -> String {
    let Value::Array(arguments) = arguments else { return arguments.to_string() };
    arguments.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")
}
