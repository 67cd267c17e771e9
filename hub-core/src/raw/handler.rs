//! What an application does with raw connections.

use std::{future::Future, pin::Pin};

use super::RawContext;
use crate::{
    connection::DisconnectReason,
    dispatch::Event,
    groups::GroupName,
    hub::{HubResult, Request},
    pipeline::Rejoining,
};

/// A type of raw connections: texts come in, JSON values go out.
///
/// ```
/// use hub_core::{HubResult, raw::{PersistentConnection, RawContext}};
///
/// struct Echo;
///
/// impl PersistentConnection for Echo {
///     fn name(&self) -> &str {
///         "Echo"
///     }
///
///     async fn received(&self, cx: RawContext, data: String) -> HubResult {
///         Ok(cx.caller().send(&data)?)
///     }
/// }
/// ```
pub trait PersistentConnection: Send + Sync + 'static {
    /// Names the type within its server. Groups and tokens hold it.
    fn name(&self) -> &str;

    /// Whether this request may connect. Default yes.
    fn authorize(&self, request: &Request) -> bool {
        let _ = request;
        true
    }

    /// A connection has begun.
    fn connected(&self, cx: RawContext) -> impl Future<Output = HubResult> + Send {
        let _ = cx;
        async { Ok(()) }
    }

    /// A text came. Its sender gets no answer; an error is logged.
    fn received(&self, cx: RawContext, data: String) -> impl Future<Output = HubResult> + Send {
        let _ = (cx, data);
        async { Ok(()) }
    }

    /// A connection has come back.
    fn reconnected(&self, cx: RawContext) -> impl Future<Output = HubResult> + Send {
        let _ = cx;
        async { Ok(()) }
    }

    /// A connection has ended.
    fn disconnected(&self, cx: RawContext, reason: DisconnectReason) -> impl Future<Output = HubResult> + Send {
        let _ = (cx, reason);
        async { Ok(()) }
    }

    /// Which groups a connection that comes back rejoins. Default all that it had.
    fn rejoining_groups(&self, rejoining: Rejoining<'_>) -> Vec<GroupName> {
        rejoining.groups
    }
}

type Boxed<'a> = Pin<Box<dyn Future<Output = HubResult> + Send + 'a>>;

/// [`PersistentConnection`] as an object.
pub(crate) trait AnyPersistentConnection: Send + Sync {
    fn authorize(&self, request: &Request) -> bool;
    fn event(&self, event: Event, cx: RawContext) -> Boxed<'_>;
    fn received(&self, cx: RawContext, data: String) -> Boxed<'_>;
    fn rejoining_groups(&self, rejoining: Rejoining<'_>) -> Vec<GroupName>;
}

impl<C: PersistentConnection> AnyPersistentConnection for C {
    fn authorize(&self, request: &Request) -> bool {
        PersistentConnection::authorize(self, request)
    }

    fn event(&self, event: Event, cx: RawContext) -> Boxed<'_> {
        match event {
            Event::Connected => Box::pin(self.connected(cx)),
            Event::Reconnected => Box::pin(self.reconnected(cx)),
            Event::Refreshed => Box::pin(async { Ok(()) }),
            Event::Disconnected(reason) => Box::pin(self.disconnected(cx, reason)),
        }
    }

    fn received(&self, cx: RawContext, data: String) -> Boxed<'_> {
        Box::pin(PersistentConnection::received(self, cx, data))
    }

    fn rejoining_groups(&self, rejoining: Rejoining<'_>) -> Vec<GroupName> {
        PersistentConnection::rejoining_groups(self, rejoining)
    }
}
