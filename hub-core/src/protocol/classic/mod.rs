//! The classic wire (ASP.NET SignalR 1.x and 2.x): JSON texts. Section numbers in this folder are those of
//! `specs/classic-signalr.md`.

mod connection_data;
mod cursor;
mod invocation;
mod message;
mod negotiate;
mod response;
mod script;

pub use connection_data::{ConnectionDataError, HubNames};
pub use cursor::{Cursor, CursorError, Epoch};
pub use invocation::{Invocation, InvocationError, InvocationId};
pub use negotiate::{Negotiation, ProtocolVersion};
pub use response::{HubResponse, PersistentResponse};
pub use script::{DISABLED_SCRIPT, ScriptHub, ScriptMethod, write_script};

pub(crate) use message::{client_invocation, progress};

/// Nesting allowed within one argument or one state value (section 3.2).
pub const MAX_DEPTH: usize = 20;
/// Arguments allowed in an invocation: no method has more parameters, and each costs more memory than it has text.
pub const MAX_ARGUMENTS: usize = 256;
/// Characters of state JSON allowed in an invocation, blanks between tokens not counted (section 3.2).
pub const MAX_STATE_CHARS: usize = 4_096;
