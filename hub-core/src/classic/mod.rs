//! The classic generation above its wire: what each request does, and what a stream writes. A crate that serves HTTP maps
//! requests to [`ClassicMount::handle`] and writes what comes back; it decides nothing.
//!
//! Section numbers in this folder are those of `specs/classic-signalr.md`.

mod admit;
mod invoke;
mod message;
mod mount;
mod mounted;
mod open;
mod stream;

pub use admit::{Action, Transport};
pub use message::{ClassicAnswer, ClassicRequest, Refusal};
pub use mount::ClassicMount;
pub use stream::{CallPermit, ClassicStream, Closing, Frames};
