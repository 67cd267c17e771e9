//! Messages in MessagePack (section 3.5): our own framing and arrays; the values are `rmp-serde`'s.

mod cursor;
mod read;
mod values;
mod write;

pub(super) use cursor::{split_first, text};
pub(super) use read::read;
pub(super) use values::Values;
pub(super) use write::write;
