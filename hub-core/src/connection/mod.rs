//! Connections: their life, what waits to be written to them, and the registry that knows them all.

mod ended;
mod id;
mod items;
mod kept;
mod life;
mod outbox;
mod registry;
mod state;
mod turns;

pub use id::ConnectionId;
pub(crate) use id::random_text;
pub use items::Items;
pub use state::DisconnectReason;

pub(crate) use kept::Kept;
pub(crate) use life::Life;
pub(crate) use outbox::{Pushed, Queued};
pub(crate) use registry::{
    Attach, Attached, Drained, GroupsSeen, Known, Node, NotAttached, Provisional, Recipients, TokenDue,
};
pub(crate) use state::{Connection, Phase, StreamEnd};
pub(crate) use turns::Turn;
