//! Dispatch: an invocation → arguments → the method table → a completion. Knows no wire beyond the text of an argument.

mod arguments;
mod erased;
mod method;
mod table;

pub(crate) use arguments::Arguments;
pub use arguments::{Argument, ArgumentError};
pub use method::{Call, CallFuture, Completion, Method, MethodKind, call_future, send_future};
pub use table::MethodTable;

pub(crate) use erased::{AnyHub, Registered};
pub(crate) use method::Event;
pub(crate) use table::Resolution;
