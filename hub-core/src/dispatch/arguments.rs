//! Arguments of a call, read one after the other straight from the message.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::protocol::{classic, depth_exceeds};

/// Why an argument does not fit its parameter.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// There are fewer arguments than parameters.
    #[error("argument {index} is missing")]
    Missing {
        /// Its place, from 0.
        index: usize,
    },
    /// It nests deeper than the wire allows.
    #[error("argument {index} nests deeper than {limit} levels")]
    TooDeep {
        /// Its place, from 0.
        index: usize,
        /// The limit.
        limit: usize,
    },
    /// It is not what the parameter takes.
    #[error("argument {index} could not be read: {source}")]
    Value {
        /// Its place, from 0.
        index: usize,
        /// What the JSON library says.
        source: serde_json::Error,
    },
}

/// Something that a hub method can take by value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from the wire",
    label = "a parameter taken by value is deserialised from the message",
    note = "derive `serde::Deserialize` for `{Self}`, or take a part of the call's context by reference"
)]
pub trait Argument: Sized {
    /// Reads it from JSON.
    #[doc(hidden)]
    fn from_json(json: &str) -> Result<Self, serde_json::Error>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Argument for T {
    fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }
}

/// The arguments that are still to be read.
#[derive(Debug)]
pub(crate) struct Arguments<'a> {
    values: &'a [&'a RawValue],
    index: usize,
}

impl<'a> Arguments<'a> {
    pub(crate) fn new(values: &'a [&'a RawValue]) -> Self {
        Self { values, index: 0 }
    }

    /// Reads the next argument as a `T`.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`]; the method is not entered then.
    pub(crate) fn next<T: Argument>(&mut self) -> Result<T, ArgumentError> {
        let index = self.index;
        let value = self.values.get(index).ok_or(ArgumentError::Missing { index })?;
        self.index = index.saturating_add(1);
        if depth_exceeds(value.get(), classic::MAX_DEPTH) {
            return Err(ArgumentError::TooDeep { index, limit: classic::MAX_DEPTH });
        }
        T::from_json(value.get()).map_err(|source| ArgumentError::Value { index, source })
    }
}
