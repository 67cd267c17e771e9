//! Values that are the same on every wire and in each of its encodings (section 10.2 of `specs/core-signalr.md`).
//!
//! What a type says in serde's words goes out and comes in: names, unit variants as texts, `Option`s as null. Two things JSON has no
//! words for have a type here each: [`Bytes`] and [`DateTime`]. A [`Value`] holds whatever came.

mod any;
mod bytes;
mod date_time;
mod extension;
mod iso;

pub use any::Value;
pub use bytes::Bytes;
pub use date_time::{DateTime, DateTimeError};
