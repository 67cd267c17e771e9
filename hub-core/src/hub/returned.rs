//! What a hub method gives back: a value, or a `Result` of one. Told apart by the compiler, not by names.

use serde::Serialize;

use crate::{dispatch::Completion, hub::HubError, protocol::encode};

/// Something a client can be given as the result of a call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a hub method",
    label = "cannot be sent to a client",
    note = "derive `serde::Serialize` for `{Self}`"
)]
pub trait OutputValue {
    /// Encodes it.
    fn encode(&self) -> Result<bytes::Bytes, serde_json::Error>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> OutputValue for T {
    fn encode(&self) -> Result<bytes::Bytes, serde_json::Error> {
        encode(self)
    }
}

/// Something a hub method can fail with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a hub method",
    label = "no error that converts into `HubError`",
    note = "for a text that the caller may read return `HubError::client(text)`; any `std::error::Error` is logged and kept from the caller"
)]
pub trait OutputError {
    /// Converts it.
    fn into_hub_error(self) -> HubError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<HubError>> OutputError for E {
    fn into_hub_error(self) -> HubError {
        self.into()
    }
}

/// The kind of a plain value.
#[derive(Debug)]
pub struct ValueOutput;

/// The kind of a `Result`.
#[derive(Debug)]
pub struct ResultOutput;

/// Tells the kind of an output by method resolution: a `Result` is found first, anything else after it.
pub trait OutputKind {
    /// The kind.
    type Kind;
    /// Gives it.
    fn kind(&self) -> Self::Kind;
}

impl<T, E> OutputKind for Result<T, E> {
    type Kind = ResultOutput;
    fn kind(&self) -> ResultOutput {
        ResultOutput
    }
}

/// The fallback of [`OutputKind`], one reference further away, so that it is found second.
pub trait FallbackKind {
    /// Gives the kind of a plain value.
    fn kind(&self) -> ValueOutput {
        ValueOutput
    }
}

impl<T> FallbackKind for &T {}

impl ValueOutput {
    /// Ends a call with a value.
    pub fn complete<T: OutputValue>(self, value: T) -> Completion {
        Ok(value.encode()?)
    }
}

impl ResultOutput {
    /// Ends a call with a value or an error.
    pub fn complete<T: OutputValue, E: OutputError>(self, result: Result<T, E>) -> Completion {
        match result {
            Ok(value) => Ok(value.encode()?),
            Err(error) => Err(error.into_hub_error()),
        }
    }
}
