//! The pipeline: an onion of modules around calls, client calls, events, authorisation, rejoin and membership.

mod authorize;
mod chain;
mod context;
mod module;
mod stages;

pub use crate::hub::ConnectionGroups;
pub use authorize::RequireAuthentication;
pub use chain::{
    AuthorizeConnectNext, AuthorizeMethodNext, ChangeMembershipNext, EventNext, IncomingNext, Modules, OutgoingNext,
    RejoiningNext,
};
pub use context::{Authorization, ConnectionEvent, IncomingCall, MembershipChange, OutgoingCall, Rejoining};
pub use module::HubModule;
pub use stages::Stages;

pub(crate) use authorize::Authorize;
pub(crate) use chain::Chain;
