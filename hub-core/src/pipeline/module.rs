//! The trait of pipeline modules.

use std::future::Future;

use super::{
    Authorization, AuthorizeConnectNext, AuthorizeMethodNext, ChangeMembershipNext, ConnectionEvent, EventNext,
    IncomingCall, IncomingNext, MembershipChange, OutgoingCall, OutgoingNext, Rejoining, RejoiningNext, Stages,
};
use crate::{
    dispatch::Completion,
    groups::GroupName,
    hub::{HubResult, SendError},
};

/// Code around what a hub does. A module implements the stages it wants; the rest passes through.
///
/// The first module added is the outermost. A stage that calls `next` lets the inner modules, and at last the hub, go
/// on; one that does not answers in their place. Put [`#[hub_module]`](macro@crate::hub_module) on the impl block, so that stages
/// which the module leaves out cost nothing.
///
/// ```
/// use hub_core::{HubModule, hub_module, pipeline::{IncomingCall, IncomingNext}, Completion};
///
/// struct Timing;
///
/// #[hub_module]
/// impl HubModule for Timing {
///     async fn incoming(&self, call: IncomingCall<'_>, next: IncomingNext<'_>) -> Completion {
///         let (hub, method) = (call.hub.to_owned(), call.method.to_owned());
///         let started = std::time::Instant::now();
///         let result = next.run(call).await;
///         println!("{hub}.{method} took {:?}", started.elapsed());
///         result
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no pipeline module",
    note = "implement `HubModule` for it, with `#[hub_module]` on the impl block"
)]
pub trait HubModule: Send + Sync + 'static {
    /// The stages that the module takes part in.
    const STAGES: Stages = Stages::ALL;

    /// A client calls a hub method. An error goes to the caller as if the method had failed.
    fn incoming(&self, call: IncomingCall<'_>, next: IncomingNext<'_>) -> impl Future<Output = Completion> + Send {
        async move { next.run(call).await }
    }

    /// The server calls a client method. Not `async`, because calls leave in the order they are made.
    ///
    /// # Errors
    ///
    /// An error goes to whoever awaits the call; nothing is sent.
    fn outgoing(&self, call: OutgoingCall<'_>, next: OutgoingNext<'_>) -> Result<(), SendError> {
        next.run(call)
    }

    /// A connection has begun.
    fn connect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> impl Future<Output = HubResult> + Send {
        async move { next.run(event).await }
    }

    /// A connection has come back.
    fn reconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> impl Future<Output = HubResult> + Send {
        async move { next.run(event).await }
    }

    /// A connection has ended. Errors are logged.
    fn disconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> impl Future<Output = HubResult> + Send {
        async move { next.run(event).await }
    }

    /// May the caller listen to the hub?
    fn authorize_connect(
        &self,
        authorization: Authorization<'_>,
        next: AuthorizeConnectNext<'_>,
    ) -> impl Future<Output = bool> + Send {
        async move { next.run(authorization).await }
    }

    /// May the caller call the method?
    fn authorize_method(
        &self,
        authorization: Authorization<'_>,
        next: AuthorizeMethodNext<'_>,
    ) -> impl Future<Output = bool> + Send {
        async move { next.run(authorization).await }
    }

    /// Which groups does a reconnecting client rejoin? Asked once for each hub at a reconnect. The answer may leave groups out
    /// and may name others. An error, or no answer in time, is "none".
    fn rejoining_groups(
        &self,
        rejoining: Rejoining<'_>,
        next: RejoiningNext<'_>,
    ) -> impl Future<Output = HubResult<Vec<GroupName>>> + Send {
        async move { next.run(rejoining).await }
    }

    /// A user is added to a group or removed from one, by [`Groups::add_user`](crate::Groups::add_user) or
    /// [`remove_user`](crate::Groups::remove_user). Behind the last module it takes effect on every connection of the user here, so
    /// a module that writes it to a store first, and fails when the store does, has nothing joined that is not stored.
    ///
    /// Changes begin in the order in which they are made: the stage runs up to its first wait before the call that asked for the change returns.
    fn change_membership(
        &self,
        change: MembershipChange<'_>,
        next: ChangeMembershipNext<'_>,
    ) -> impl Future<Output = HubResult> + Send {
        async move { next.run(change).await }
    }
}
