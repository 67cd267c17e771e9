//! What macros and users name: hubs, their context, clients and groups.

mod caller;
mod cancellation;
mod clients;
mod connection_groups;
mod context;
mod contract;
mod error;
mod groups;
mod progress;
mod proxy;
mod question;
mod request;
mod returned;
mod sent;
mod state;
mod user;
mod user_groups;

pub use caller::{Caller, Items};
pub use cancellation::CancellationToken;
pub use clients::{Clients, HubHandle, OutsideClients};
pub use connection_groups::ConnectionGroups;
pub use context::{HubContext, Provide};
pub use contract::{Hub, HubClient, HubConfig, HubType, RenameRule, Requirement};
pub use error::{HubError, HubResult};
pub use groups::{GroupChange, GroupError, Groups};
pub use progress::{Progress, ProgressError};
pub use proxy::{Arity, ClientCallBuilder, Many, One, Target, UntypedClient};
pub use question::{Answer, AnswerError};
pub use request::Request;
#[doc(hidden)]
pub use returned::{
    Ended, FallbackKind, OutputMarker, OutputProbe, ResultKind, ResultOutput, StreamKind, StreamOutput,
    StreamResultKind, StreamResultOutput, ValueOutput,
};
pub use sent::{SendError, Sent};
pub use state::CallerState;
pub use user::User;
pub use user_groups::UserGroupChange;

pub(crate) use context::{CallScope, ItemSink};
pub(crate) use question::{Questions, Reply};
pub(crate) use state::StateBag;
