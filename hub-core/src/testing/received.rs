//! A call that a client received.

use std::{fmt, panic::Location};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::expect::fail;

/// The server called a client method.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CallReceived {
    /// The hub's registered name.
    pub hub: String,
    /// The client method, as it stood on the wire.
    pub method: String,
    /// The arguments.
    pub arguments: Vec<Value>,
    /// Caller state that travelled along.
    pub state: Option<Value>,
}

impl CallReceived {
    /// The arguments as a tuple: `call.args::<(String, String)>()`.
    ///
    /// # Panics
    ///
    /// If they are something else.
    #[track_caller]
    pub fn args<T: DeserializeOwned>(&self) -> T {
        let place = Location::caller();
        let whole = Value::Array(self.arguments.clone());
        let read = match T::deserialize(&whole) {
            // No argument is `()`.
            Err(_) if self.arguments.is_empty() => T::deserialize(&Value::Null),
            read => read,
        };
        read.unwrap_or_else(|error| fail(place, &format!("the arguments of {self} are something else: {error}")))
    }
}

impl fmt::Display for CallReceived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}(", self.hub, self.method)?;
        for (index, argument) in self.arguments.iter().enumerate() {
            write!(f, "{}{argument}", if index == 0 { "" } else { ", " })?;
        }
        f.write_str(")")
    }
}
