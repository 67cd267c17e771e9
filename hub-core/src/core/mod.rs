//! The core generation (ASP.NET Core SignalR): what each request does, and what a stream reads and writes, apart from HTTP. Section numbers in this
//! folder are those of `specs/core-signalr.md`.
//!
//! A crate that serves HTTP makes a [`CoreMount`] by [`HubServer::core_mount`](crate::HubServer::core_mount), hands requests to it, and carries the [`CoreStream`]s that it opens.

mod admit;
mod ahead;
mod calls;
mod heartbeat;
mod invoke;
mod life;
pub(crate) mod link;
mod message;
mod mount;
pub(crate) mod mounted;
pub(crate) mod negotiate;
mod refresh;
mod rejoin;
mod spent;
mod stream;
mod transports;

pub(crate) use spent::SpentTokens;

pub use message::{CoreRefusal, Opened};
pub use mount::CoreMount;
pub use refresh::{AuthenticationRefresh, OnAuthenticationRefresh};
pub use stream::{Batch, Closing, CoreStream, CoreWriter};
pub use transports::{Transport, Transports};
