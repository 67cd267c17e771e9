//! Raw connections: the layer on which hubs stand, without a hub protocol. On the classic wire, the *persistent connection*:
//! texts in, any JSON values out, groups of its own (section 1.12 of `specs/classic-signalr.md`). On the core wire, a
//! *connection handler*: bytes in, bytes out.

mod connection;
mod context;
mod handler;

pub use connection::{ConnectionEnded, ConnectionHandler, RawConnection};
pub use context::{RawContext, RawTarget};
pub use handler::PersistentConnection;

pub(crate) use connection::AnyConnectionHandler;
pub(crate) use handler::AnyPersistentConnection;
