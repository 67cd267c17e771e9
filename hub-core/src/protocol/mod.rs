//! The wires: bytes to messages and back, nothing else. Knows no runtime, no groups and no transport.

pub mod classic;
pub mod core;
mod json;

pub(crate) use json::{depth_exceeds, encode, escape_line_ends};
