//! What macros and users name: hubs, their context, clients and groups.

mod caller;
mod clients;
mod context;
mod contract;
mod error;
mod groups;
mod progress;
mod proxy;
mod request;
mod returned;
mod sent;
mod state;
mod user;

pub use caller::{Caller, Items};
pub use clients::{Clients, HubHandle, OutsideClients};
pub use context::{HubContext, Provide};
pub use contract::{Hub, HubClient, HubConfig, HubType, RenameRule, Requirement};
pub use error::{HubError, HubResult};
pub use groups::{GroupChange, GroupError, Groups};
pub use progress::{Progress, ProgressError};
pub use proxy::{Answer, AnswerError, Arity, ClientCallBuilder, Many, One, Target, UntypedClient};
pub use request::Request;
#[doc(hidden)]
pub use returned::{FallbackKind, OutputKind, ResultOutput, ValueOutput};
pub use sent::{SendError, Sent};
pub use state::CallerState;
pub use user::User;

pub(crate) use context::CallScope;
pub(crate) use state::StateBag;
