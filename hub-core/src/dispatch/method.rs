//! One hub method: its description and the code that binds a call to it.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;

use super::{Argument, ArgumentError, Arguments};
use crate::{
    connection::DisconnectReason,
    hub::{HubContext, HubError, Requirement},
};

/// What a call ends with: its encoded result, or an error.
pub type Completion = Result<Bytes, HubError>;

/// A bound call, to be polled.
pub type CallFuture = Pin<Box<dyn Future<Output = Completion> + Send>>;

/// Boxes the body of a bound call.
pub fn call_future<F: Future<Output = Completion> + Send + 'static>(future: F) -> CallFuture {
    Box::pin(future)
}

/// Asks for a `Send` future in the place of its call, so that the complaint lands on the method.
pub fn send_future<F: Future + Send>(future: F) -> F {
    future
}

/// An event in the life of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Connected,
    Reconnected,
    Disconnected(DisconnectReason),
}

/// When a hub method runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodKind {
    /// A client calls it.
    Call,
    /// A connection has begun.
    Connected,
    /// A connection has come back.
    Reconnected,
    /// A connection has ended.
    Disconnected,
}

/// A call that is to be bound: its arguments, and what it will run with.
pub struct Call<'a, H> {
    arguments: Arguments<'a>,
    hub: Arc<H>,
    context: HubContext<H>,
    reason: DisconnectReason,
}

impl<'a, H> Call<'a, H> {
    pub(super) fn new(arguments: Arguments<'a>, hub: Arc<H>, context: HubContext<H>, reason: DisconnectReason) -> Self {
        Self { arguments, hub, context, reason }
    }

    /// Reads the next argument.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`] if it does not fit.
    pub fn argument<T: Argument>(&mut self) -> Result<T, ArgumentError> {
        self.arguments.next()
    }

    /// Why the connection ended, in a disconnected event.
    pub fn reason(&self) -> DisconnectReason {
        self.reason
    }

    /// The hub and the context, for the body.
    pub fn into_parts(self) -> (Arc<H>, HubContext<H>) {
        (self.hub, self.context)
    }
}

impl<H> fmt::Debug for Call<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("arguments", &self.arguments).finish_non_exhaustive()
    }
}

/// Binds a call: reads its arguments, and gives the future that runs the method.
pub(crate) type Handler<H> = fn(Call<'_, H>) -> Result<CallFuture, ArgumentError>;

/// A hub method as the macros describe it.
pub struct Method<H> {
    pub(crate) kind: MethodKind,
    pub(crate) rust_name: &'static str,
    pub(crate) wire_name: Option<&'static str>,
    pub(crate) parameters: &'static [&'static str],
    pub(crate) requirements: Vec<Requirement>,
    pub(crate) handler: Option<Handler<H>>,
}

impl<H> Method<H> {
    fn of(kind: MethodKind, rust_name: &'static str) -> Self {
        Self { kind, rust_name, wire_name: None, parameters: &[], requirements: Vec::new(), handler: None }
    }

    /// A method for clients to call.
    pub fn call(rust_name: &'static str) -> Self {
        Self::of(MethodKind::Call, rust_name)
    }

    /// A connected event.
    pub fn connected(rust_name: &'static str) -> Self {
        Self::of(MethodKind::Connected, rust_name)
    }

    /// A reconnected event.
    pub fn reconnected(rust_name: &'static str) -> Self {
        Self::of(MethodKind::Reconnected, rust_name)
    }

    /// A disconnected event.
    pub fn disconnected(rust_name: &'static str) -> Self {
        Self::of(MethodKind::Disconnected, rust_name)
    }

    /// Gives the exact wire name.
    #[must_use]
    pub fn wire_name(mut self, name: &'static str) -> Self {
        self.wire_name = Some(name);
        self
    }

    /// Names the parameters that come off the wire.
    #[must_use]
    pub fn parameters(mut self, names: &'static [&'static str]) -> Self {
        self.parameters = names;
        self
    }

    /// Asks something of the caller.
    #[must_use]
    pub fn authorize(mut self, requirement: Requirement) -> Self {
        self.requirements.push(requirement);
        self
    }

    /// Sets the code.
    #[must_use]
    pub fn handler(mut self, handler: Handler<H>) -> Self {
        self.handler = Some(handler);
        self
    }
}

impl<H> fmt::Debug for Method<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Method").field("kind", &self.kind).field("name", &self.rust_name).finish_non_exhaustive()
    }
}
