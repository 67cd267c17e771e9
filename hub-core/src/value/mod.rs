//! Values that are the same on every wire and in each of its encodings (section 10.2 of `specs/core-signalr.md`).

mod any;

pub use any::Value;
