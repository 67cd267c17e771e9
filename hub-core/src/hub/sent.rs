//! The handle of a one-way client call.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
};

use crate::{connection::Connection, groups::NameError, hub::HubError, protocol::EncodeError, server::Server};

/// Why a client call was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// An argument cannot be serialised. Nothing was sent to anyone.
    #[error("an argument of the client call cannot be serialised")]
    Encode(#[source] EncodeError),
    /// A group or user of the target cannot be called that.
    #[error("Argument cannot be null or empty")]
    Target(#[source] NameError),
    /// A pipeline module refused it.
    #[error("a pipeline module refused the client call: {0}")]
    Refused(String),
}

impl SendError {
    /// For a module that refuses a call.
    pub fn refused(error: HubError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// A one-way client call: already under way. Awaiting it tells whether it was handed over; dropping it changes nothing.
///
/// A call to a single connection is done when there is room in its outbox: on the core wire always, on the classic one with the slow-client
/// policy `wait`. No other call ever waits for a receiver.
pub struct Sent {
    result: Option<Result<(), SendError>>,
    wait_for: Option<(Arc<Server>, Arc<Connection>)>,
}

impl Sent {
    pub(crate) fn new(result: Result<(), SendError>, wait_for: Option<(Arc<Server>, Arc<Connection>)>) -> Self {
        Self { result: Some(result), wait_for }
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        if let Some(Err(error)) = &self.result {
            tracing::error!(error = error as &dyn std::error::Error, "a client call that nobody awaited was not sent");
        }
    }
}

impl IntoFuture for Sent {
    type Output = Result<(), SendError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;
    fn into_future(mut self) -> Self::IntoFuture {
        let result = self.result.take().unwrap_or(Ok(()));
        match self.wait_for.take() {
            Some((server, connection)) if connection.is_full() => Box::pin(async move {
                server.node.wait_for_room(&connection).await;
                result
            }),
            // Otherwise a loop of sends would never give another task its turn, nor notice that its own call is over.
            _ => Box::pin(async move {
                tokio::task::coop::consume_budget().await;
                result
            }),
        }
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").field("result", &self.result).finish_non_exhaustive()
    }
}
