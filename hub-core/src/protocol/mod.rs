//! The wires: bytes to messages and back, nothing else. Knows no runtime, no groups and no transport.

pub mod classic;
pub mod core;
mod finite;
mod json;
mod wire;

pub use self::core::{DecodeError, EncodeError, Encoding};

pub(crate) use self::core::{EncodedArguments, Outgoing, RawValue};
pub(crate) use json::{depth_exceeds, escape_line_ends, quoted, raw_json};
pub(crate) use wire::Wire;
