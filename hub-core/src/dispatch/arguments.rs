//! Arguments of a call, read one after the other straight from the message.

use std::collections::VecDeque;

use serde::de::DeserializeOwned;

use super::upload::Upload;
use crate::protocol::{DecodeError, Encoding, RawValue, depth_exceeds};

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
        /// What the library of the encoding says.
        source: DecodeError,
    },
}

/// Something that a hub method can take by value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from the wire",
    label = "a parameter taken by value is deserialised from the message",
    note = "derive `serde::Deserialize` for `{Self}`, or take a part of the call's context by reference"
)]
pub trait Argument: Sized {
    /// Takes it from what is left of a call.
    #[doc(hidden)]
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, ArgumentError>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Argument for T {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, ArgumentError> {
        arguments.value()
    }
}

/// What a call brings along, in whatever encoding it came.
#[derive(Debug)]
pub(crate) struct Brought<'a> {
    pub values: &'a [RawValue<'a>],
    /// How deep a value may nest where the wire has not looked.
    pub max_depth: Option<usize>,
    /// Its upload streams, in order.
    pub uploads: VecDeque<Upload>,
}

impl Brought<'_> {
    /// Nothing: an event.
    pub(crate) fn nothing() -> Self {
        Self { values: &[], max_depth: None, uploads: VecDeque::new() }
    }
}

/// The arguments that are still to be read.
#[derive(Debug)]
pub struct Arguments<'a> {
    brought: Brought<'a>,
    index: usize,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(brought: Brought<'a>) -> Self {
        Self { brought, index: 0 }
    }

    /// Reads the next value as a `T`. Behind the last one a type that can be absent is absent.
    fn value<T: DeserializeOwned>(&mut self) -> Result<T, ArgumentError> {
        let index = self.index;
        self.index = index.saturating_add(1);
        let Some(value) = self.brought.values.get(index) else {
            // Whether the parameter is an `Option` has been seen when the method was found.
            return Encoding::Json.decode(b"null").map_err(|_| ArgumentError::Missing { index });
        };
        if let Some(limit) = self.brought.max_depth
            && std::str::from_utf8(value.as_bytes()).is_ok_and(|text| depth_exceeds(text, limit))
        {
            return Err(ArgumentError::TooDeep { index, limit });
        }
        value.read().map_err(|source| ArgumentError::Value { index, source })
    }

    /// Takes the next upload stream.
    pub(super) fn upload(&mut self) -> Result<Upload, ArgumentError> {
        self.brought.uploads.pop_front().ok_or(ArgumentError::Missing { index: self.index })
    }
}
