#![doc = include_str!("guide.md")]

// In the macros' own doc examples and in this crate's tests the paths they write must resolve.
extern crate self as hub_core;

mod agenda;
pub mod classic;
mod connection;
pub mod core;
mod counters;
mod dispatch;
mod events;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod fuzzing;
mod groups;
mod hub;
mod lock;
mod log;
pub mod pipeline;
pub mod protocol;
pub mod raw;
pub mod rejoin;
mod server;
mod task;
#[cfg(feature = "testing")]
pub mod testing;
pub mod value;

/// Declares a hub: once on its struct or enum, once on the impl block with its hub methods.
///
/// On the type: `name = ".."` (the exact wire name; otherwise the type's in camel case), `rename_all = "camelCase" |
/// "PascalCase" | "snake_case" | "none"` (for method names), `client = Trait` (the contract of its clients, a trait that carries
/// [`hub_client`](macro@hub_client)), `authorize` or `authorize(roles(".."), users(".."), policy = path, calls_only)`,
/// `modules(path, ..)` (functions of `&Hub` that make pipeline modules), `crate = path` (where hub-core is, if renamed).
/// On the impl block: `crate = path`.
///
/// A type has one such impl block; methods without [`hub_method`](macro@hub_method) in it are left as they are.
///
/// ```
/// use hub_core::{Clients, hub, hub_client};
///
/// #[hub_client]
/// pub trait ClockClient {
///     fn tick(&self, seconds: u64);
/// }
///
/// #[hub(client = ClockClient, authorize(roles("clock")))]
/// pub struct Clock;
///
/// #[hub]
/// impl Clock {
///     #[hub_method]
///     fn set(&self, clients: &Clients<Self>, seconds: u64) {
///         clients.all().tick(seconds);
///     }
/// }
/// ```
pub use hub_macros::hub;

/// Marks a method of a `#[hub]` impl block as one that clients may call, or as an event.
///
/// Options: `name = ".."` (the exact wire name), `authorize` or `authorize(roles(".."), users(".."), policy = path)`, `parallel` (it does not wait for its turn
/// among the calls of its connection); or one of `connected`, `reconnected`, `refreshed`, `disconnected`. The method takes `&self`, is `async` or not, and returns
/// nothing, a value that serialises, a stream of such values, or a `Result` of one of these with an error that converts into [`HubError`]. Two methods may share a wire name if no number of wire
/// arguments fits both. Do not import it: `#[hub]` reads it where it stands.
///
/// ```
/// use hub_core::{DisconnectReason, HubContext, HubResult, hub};
///
/// #[hub]
/// pub struct Visits;
///
/// #[hub]
/// impl Visits {
///     #[hub_method(connected)]
///     async fn arrived(&self, cx: &HubContext<Self>) -> HubResult {
///         Ok(cx.groups().add(cx.connection_id(), "visitors").await?)
///     }
///
///     #[hub_method(name = "howMany", authorize)]
///     fn count(&self) -> u32 {
///         1
///     }
///
///     #[hub_method(disconnected)]
///     fn left(&self, reason: DisconnectReason) {
///         println!("somebody left: {reason:?}");
///     }
/// }
/// ```
pub use hub_macros::hub_method;

/// Declares what the server may call on clients: a trait, from which the proxy `<Trait>Proxy` is written beside it.
///
/// A method without `async` is a one-way call and exists on every target; an `async` one asks for an answer and exists on a single
/// client only. Options: `rename_all = ".."`, `crate = path`; on a method [`client_method`](macro@client_method).
pub use hub_macros::hub_client;

/// Gives a client method of a [`hub_client`](macro@hub_client) trait its exact name: `#[client_method(name = "addMessage")]`. Do not import it:
/// `#[hub_client]` reads it where it stands.
pub use hub_macros::client_method;

/// Goes on an impl block of [`HubModule`]: computes [`HubModule::STAGES`] from the stages it implements, so that the others cost nothing.
pub use hub_macros::hub_module;

pub use connection::{ConnectionId, DisconnectReason};
pub use dispatch::{Argument, ArgumentError, Completion, StreamReceiver, UploadError};
pub use groups::{GroupName, MAX_NAME_BYTES, NameError, UserId};
pub use hub::{
    Answer, AnswerError, Arity, Caller, CallerState, CancellationToken, ClientCallBuilder, Clients, GroupChange,
    GroupError, Groups, Hub, HubClient, HubConfig, HubContext, HubError, HubHandle, HubResult, HubType, Items, Many,
    One, OutsideClients, Progress, ProgressError, Provide, RenameRule, Request, Requirement, SendError, Sent, Target,
    UntypedClient, User, UserGroupChange,
};
pub use pipeline::{HubModule, Stages};
pub use rejoin::SigningKeys;
pub use server::{BuildError, HubServer, HubServerBuilder, Options, Settings, SlowClientPolicy, Stats};
pub use value::{Bytes, DateTime, DateTimeError, Value};

/// What the macros' code names. Not for people: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::{
        connection::DisconnectReason,
        dispatch::{
            ArgumentError, Arguments, Call, CallFuture, Completion, KnownParameter, Method, MethodKind, MethodTable,
            OtherParameter, ParameterKind, Probe, send_future,
        },
        hub::{
            Answer, Arity, ClientCallBuilder, Ended, FallbackKind, Hub, HubClient, HubConfig, HubContext, HubType,
            Many, One, OutputMarker, OutputProbe, Provide, RenameRule, Requirement, ResultKind, ResultOutput, Sent,
            StreamKind, StreamOutput, StreamResultKind, StreamResultOutput, Target, UntypedClient, ValueOutput,
        },
        pipeline::Modules,
    };

    /// Ends a call with what its method gave back.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __complete {
        ($output:expr, $context:expr) => {{
            #[allow(unused_imports)]
            use $crate::__private::{FallbackKind as _, ResultKind as _, StreamKind as _, StreamResultKind as _};
            let output = $output;
            let kind = (&&&&$crate::__private::OutputProbe::of(&output)).kind();
            kind.complete(output, &$context, |item, encoding| {
                (&&&&$crate::__private::OutputProbe::of(&item)).kind().encode(item, encoding)
            })
            .await
        }};
    }
    pub use crate::__complete as complete;

    /// Asks the type of a parameter what it is read from.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __parameter {
        ($parameter:ty) => {{
            #[allow(unused_imports)]
            use $crate::__private::{KnownParameter as _, OtherParameter as _};
            (&$crate::__private::Probe::<$parameter>(::core::marker::PhantomData)).parameter()
        }};
    }
    pub use crate::__parameter as parameter;
}
