//! The classic generation above its wire: what each request does, and what a stream writes. A crate that serves HTTP maps
//! requests to [`ClassicMount::handle`] and writes what comes back; it decides nothing.
//!
//! Section numbers in this folder are those of `specs/classic-signalr.md`.

mod admit;
mod invoke;
mod mount;
mod open;
mod stream;

pub use admit::{Action, Transport};
pub use mount::{ClassicAnswer, ClassicMount, ClassicRequest, Refusal};
pub use stream::{CallPermit, ClassicStream, Closing, Frames};
