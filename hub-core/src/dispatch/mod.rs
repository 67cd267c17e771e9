//! Dispatch: an invocation → arguments → the method table → a completion. Of the wires it knows how a value is encoded, and nothing else.

mod arguments;
mod erased;
mod method;
mod parameter;
mod table;
mod upload;

pub use arguments::{Argument, ArgumentError, Arguments};
pub use method::{Call, CallFuture, Completion, Method, MethodKind, send_future};
pub use parameter::{KnownParameter, OtherParameter, ParameterKind, Probe};
pub use table::MethodTable;
pub use upload::{StreamReceiver, UploadError};

pub(crate) use arguments::Brought;
pub(crate) use erased::{AnyHub, Registered};
pub(crate) use method::Event;
pub(crate) use table::{MethodInfo, Resolution};
pub(crate) use upload::{Upload, Uploader};
