//! One hub method: its description and the code that binds a call to it.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;

use super::{Argument, ArgumentError, Arguments, ParameterKind};
use crate::{
    connection::DisconnectReason,
    hub::{Ended, HubContext, HubError, OutputMarker, Requirement},
};

/// What a call ends with: its result in the encoding of its caller, or an error. A call whose result is a stream ends when the stream
/// has, with no bytes at all.
pub type Completion = Result<Bytes, HubError>;

/// A bound call, to be polled.
pub type CallFuture = Pin<Box<dyn Future<Output = Completion> + Send>>;

/// Asks for a `Send` future in the place of its call, so that the complaint lands on the method.
pub fn send_future<F: Future + Send>(future: F) -> F {
    future
}

/// An event in the life of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Connected,
    Reconnected,
    Refreshed,
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
    /// The credentials of a connection were renewed.
    Refreshed,
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
        T::read(&mut self.arguments)
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
pub(crate) type Handler<H> = Arc<dyn Fn(Call<'_, H>) -> Result<CallFuture, ArgumentError> + Send + Sync>;

/// A hub method as the macros describe it.
pub struct Method<H> {
    pub(crate) kind: MethodKind,
    pub(crate) rust_name: &'static str,
    pub(crate) wire_name: Option<&'static str>,
    pub(crate) parameters: Vec<(&'static str, ParameterKind)>,
    pub(crate) can_be_cancelled: bool,
    pub(crate) streams: bool,
    pub(crate) parallel: bool,
    pub(crate) requirements: Vec<Requirement>,
    pub(crate) handler: Option<Handler<H>>,
}

impl<H> Method<H> {
    fn of(kind: MethodKind, rust_name: &'static str) -> Self {
        Self {
            kind,
            rust_name,
            wire_name: None,
            parameters: Vec::new(),
            can_be_cancelled: false,
            streams: false,
            parallel: false,
            requirements: Vec::new(),
            handler: None,
        }
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

    /// A refreshed event.
    pub fn refreshed(rust_name: &'static str) -> Self {
        Self::of(MethodKind::Refreshed, rust_name)
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

    /// Adds a parameter that is taken by value.
    #[must_use]
    pub fn parameter(mut self, name: &'static str, kind: ParameterKind) -> Self {
        self.parameters.push((name, kind));
        self
    }

    /// Adds a parameter that is injected.
    #[must_use]
    pub fn injects(mut self, kind: ParameterKind) -> Self {
        self.can_be_cancelled |= kind == ParameterKind::Cancellation;
        self
    }

    /// Lets it run beside other calls of its connection.
    #[must_use]
    pub fn parallel(mut self) -> Self {
        self.parallel = true;
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
    pub fn handler<F, Fut, K>(mut self, handler: F) -> Self
    where
        F: for<'a> Fn(Call<'a, H>) -> Result<Fut, ArgumentError> + Send + Sync + 'static,
        Fut: Future<Output = Ended<K>> + Send + 'static,
        K: OutputMarker,
    {
        self.streams = K::STREAMS;
        self.handler = Some(Arc::new(move |call| {
            let running = handler(call)?;
            Ok(Box::pin(async move { running.await.into_completion() }) as CallFuture)
        }));
        self
    }
}

impl<H> fmt::Debug for Method<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Method").field("kind", &self.kind).field("name", &self.rust_name).finish_non_exhaustive()
    }
}
