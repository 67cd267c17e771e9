#![doc = include_str!("guide.md")]

// In the macros' own doc examples and in this crate's tests the paths they write must resolve.
extern crate self as hub_core;

pub mod classic;
mod connection;
mod dispatch;
mod events;
mod groups;
mod hub;
mod log;
pub mod pipeline;
pub mod protocol;
pub mod raw;
pub mod rejoin;
mod server;
#[cfg(feature = "testing")]
pub mod testing;

pub use hub_macros::{client_method, hub, hub_client, hub_method, hub_module};

pub use connection::{ConnectionId, DisconnectReason};
pub use dispatch::{Argument, ArgumentError, Completion};
pub use groups::{GroupName, MAX_NAME_BYTES, NameError, UserId};
pub use hub::{
    Answer, AnswerError, Arity, Caller, CallerState, ClientCallBuilder, Clients, GroupChange, GroupError, Groups, Hub,
    HubClient, HubConfig, HubContext, HubError, HubHandle, HubResult, HubType, Items, Many, One, OutsideClients,
    Progress, ProgressError, Provide, RenameRule, Request, Requirement, SendError, Sent, Target, UntypedClient, User,
    Value,
};
pub use pipeline::{HubModule, Stages};
pub use rejoin::SigningKeys;
pub use server::{BuildError, HubServer, HubServerBuilder, Options, Settings, SlowClientPolicy, Stats};

/// What the macros' code names. Not for people: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::{
        connection::DisconnectReason,
        dispatch::{
            ArgumentError, Call, CallFuture, Completion, Method, MethodKind, MethodTable, call_future, send_future,
        },
        hub::{
            Answer, Arity, ClientCallBuilder, FallbackKind, Hub, HubClient, HubConfig, HubContext, HubType, Many, One,
            OutputKind, Provide, RenameRule, Requirement, ResultOutput, Sent, Target, UntypedClient, ValueOutput,
        },
        pipeline::Modules,
    };

    /// Ends a call with what its method gave back.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __complete {
        ($output:expr, $context:expr) => {{
            #[allow(unused_imports)]
            use $crate::__private::{FallbackKind as _, OutputKind as _};
            let output = $output;
            let kind = (&output).kind();
            let _ = &$context;
            kind.complete(output)
        }};
    }
    pub use crate::__complete as complete;
}
