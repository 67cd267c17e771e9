//! Raw connections of the core generation: bytes both ways.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;

use crate::{
    connection::ConnectionId,
    core::link::Link,
    hub::{HubResult, Request, User},
};

/// A type of raw connections for clients of the core generation: bytes come in and go out, without a hub protocol.
///
/// ```
/// use hub_core::{HubResult, raw::{ConnectionHandler, RawConnection}};
///
/// struct Echo;
///
/// impl ConnectionHandler for Echo {
///     async fn connected(&self, connection: RawConnection) -> HubResult {
///         while let Some(bytes) = connection.read().await {
///             connection.write(bytes).await?;
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait ConnectionHandler: Send + Sync + 'static {
    /// Whether this request may connect. Default yes.
    fn authorize(&self, request: &Request) -> bool {
        let _ = request;
        true
    }

    /// Runs a connection. It ends when this does: normally, or with an error, which is logged. It is dropped when the server shuts down or the
    /// client does not take what is written.
    fn connected(&self, connection: RawConnection) -> impl Future<Output = HubResult> + Send;
}

type Boxed<'a> = Pin<Box<dyn Future<Output = HubResult> + Send + 'a>>;

/// [`ConnectionHandler`] as an object.
pub(crate) trait AnyConnectionHandler: Send + Sync {
    fn authorize(&self, request: &Request) -> bool;
    fn connected(&self, connection: RawConnection) -> Boxed<'_>;
}

impl<C: ConnectionHandler> AnyConnectionHandler for C {
    fn authorize(&self, request: &Request) -> bool {
        ConnectionHandler::authorize(self, request)
    }

    fn connected(&self, connection: RawConnection) -> Boxed<'_> {
        Box::pin(ConnectionHandler::connected(self, connection))
    }
}

/// Why nothing was written: the connection has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection has ended")]
pub struct ConnectionEnded;

/// One raw connection, to read from and to write to.
pub struct RawConnection(Arc<Link>);

impl RawConnection {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self(link)
    }

    /// The connection's public id.
    pub fn connection_id(&self) -> ConnectionId {
        self.0.id
    }

    /// The user, if one is signed in.
    pub fn user(&self) -> Option<User> {
        self.0.user()
    }

    /// The request that opened the transport.
    pub fn request(&self) -> Option<Request> {
        self.0.request()
    }

    /// Waits for bytes: whatever has come, in pieces that mean nothing. `None` when the client brings no more.
    ///
    /// # Cancel safety
    ///
    /// No bytes are lost if the future is dropped.
    pub async fn read(&self) -> Option<Bytes> {
        self.0.input.bytes().await
    }

    /// Writes bytes when there is room for them: they stay together in one message of the transport.
    ///
    /// # Errors
    ///
    /// [`ConnectionEnded`] if nobody carries them any more.
    ///
    /// # Cancel safety
    ///
    /// Nothing is written if the future is dropped.
    pub async fn write(&self, bytes: impl Into<Bytes>) -> Result<(), ConnectionEnded> {
        self.0
            .output
            .write(bytes.into(), self.0.mounted.settings.core_outbox().wait_bytes)
            .await
            .map_err(|_| ConnectionEnded)
    }
}

impl fmt::Debug for RawConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawConnection").field("connection", &self.0.id).finish_non_exhaustive()
    }
}
