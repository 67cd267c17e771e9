//! The core wire (ASP.NET Core SignalR): messages in JSON and MessagePack. Section numbers in this folder are those of
//! `specs/core-signalr.md`.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod encoding;
mod fault;
#[cfg(test)]
mod faults;
mod frames;
#[cfg(test)]
mod golden;
mod handshake;
#[cfg(test)]
mod hostile;
mod json;
mod message;
mod messagepack;
mod outgoing;
mod raw;

pub use encoding::{DecodeError, EncodeError, Encoding};
pub use fault::{BindingError, Fault, ProtocolError};
pub use frames::FrameReader;
pub use handshake::{HANDSHAKE_ACCEPTED, Handshake, HandshakeError, HandshakeRequest};
pub use message::{Incoming, Invocation, InvocationKind, Outcome};
pub use outgoing::{EncodedArguments, Outgoing};
pub use raw::{RawList, RawValue, RawValues, StreamIds};

/// Nesting allowed anywhere in a message, the envelope's two levels included (sections 3.4 and 10.1).
pub const MAX_DEPTH: usize = 64;
/// The highest hub protocol version; it is the one with stateful reconnect (section 3.1).
pub const MAX_VERSION: i32 = 2;
/// What ends a JSON message.
pub const RECORD_SEPARATOR: u8 = 0x1E;
