//! The server: hubs, keys, options and the node, built once and shared.

mod builder;
mod drain;
mod handle;
mod options;
mod scope;
mod watch;

pub use builder::{BuildError, HubServerBuilder};
pub use handle::{HubServer, Stats};
pub use options::{Options, Settings, SlowClientPolicy};

pub(crate) use handle::{RawType, ServedHub, Server};
pub(crate) use options::OutboxLimits;
pub(crate) use scope::{Scope, ScopeId};
