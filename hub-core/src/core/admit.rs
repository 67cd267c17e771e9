//! Who may come in, and which connection a request is for (sections 1.7 and 9.6).

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt as _;

use super::{
    CoreRefusal, Transport,
    link::Link,
    mounted::{Mounted, Serves},
};
use crate::{
    hub::{Request, User},
    pipeline::Authorization,
};

const NO_ID: CoreRefusal = CoreRefusal::text(400, "Connection ID required");
const UNKNOWN_ID: CoreRefusal = CoreRefusal::text(404, "No Connection with that ID");
/// For a request whose user is another than the connection's.
pub(super) const OTHER_USER: CoreRefusal = CoreRefusal::text(403, "The user associated with this connection changed.");

impl Mounted {
    /// Asks whether the caller may connect at all: negotiation and every request after it.
    pub(super) async fn authorize(&self, request: &Request) -> Result<(), CoreRefusal> {
        let agrees = match &self.serves {
            Serves::Hub(scope) => {
                let Some(served) = self.server.hub(scope.id()) else { return Err(CoreRefusal::text(404, "")) };
                let authorization = Authorization { hub: scope.name(), method: None, request };
                let asked = AssertUnwindSafe(served.chain.authorize_connect().run(authorization)).catch_unwind();
                // A module that panics has not agreed.
                asked.await.unwrap_or_default()
            }
            Serves::Raw(handler) => {
                std::panic::catch_unwind(AssertUnwindSafe(|| handler.authorize(request))).unwrap_or_default()
            }
        };
        if agrees {
            return Ok(());
        }
        Err(CoreRefusal::bare(if request.user().is_some() { 403 } else { 401 }))
    }

    /// The connection that a request names.
    pub(super) fn named(&self, request: &Request) -> Result<Arc<Link>, CoreRefusal> {
        let id = request.query("id").filter(|id| !id.is_empty()).ok_or(NO_ID)?;
        self.find(&id).ok_or(UNKNOWN_ID)
    }

    /// Whether a transport is offered here.
    pub(super) fn offers(&self, transport: Transport) -> Result<(), CoreRefusal> {
        if self.settings.transports.contains(transport) {
            return Ok(());
        }
        Err(CoreRefusal::text(
            404,
            match transport {
                Transport::WebSockets => "WebSockets transport not supported by this end point type",
                Transport::ServerSentEvents => "ServerSentEvents transport not supported by this end point type",
                Transport::LongPolling => "LongPolling transport not supported by this end point type",
            },
        ))
    }
}

/// Whether two are the same user (section 10.5): equal ids; neither is nobody alike.
pub(super) fn is_same(one: Option<&User>, other: Option<&User>) -> bool {
    one.map(User::id) == other.map(User::id)
}
