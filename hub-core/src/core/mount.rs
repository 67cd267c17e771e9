//! A mount and the requests it answers.

use std::{fmt, sync::Arc};

use bytes::Bytes;

use super::{
    CoreRefusal, CoreStream, CoreWriter, Opened, Transport,
    admit::{OTHER_USER, is_same},
    link::{Agreed, Held, Link},
    mounted::{Mounted, Serves},
};
use crate::{
    hub::{Hub, Request},
    raw::{AnyConnectionHandler, ConnectionHandler},
    server::{BuildError, Options, Server, Settings},
};

/// A path on which core clients connect, to one hub or to a type of raw connections. Cheap to clone.
#[derive(Clone)]
pub struct CoreMount(pub(super) Arc<Mounted>);

impl CoreMount {
    pub(crate) fn hub<H: Hub>(server: Arc<Server>, options: Options) -> Result<Self, BuildError> {
        let id = std::any::TypeId::of::<H>();
        let Some(served) = server.hubs.iter().find(|served| crate::dispatch::AnyHub::type_id(&*served.hub) == id)
        else {
            return Err(BuildError(vec![format!("the hub `{}` is not registered", H::config().name)]));
        };
        let settings = Settings::of(&[&options, &served.options, &server.options]);
        let serves = Serves::Hub(served.scope.clone());
        Self::new(server, settings, serves)
    }

    pub(crate) fn raw<C: ConnectionHandler>(
        server: Arc<Server>,
        handler: C,
        options: Options,
    ) -> Result<Self, BuildError> {
        let settings = Settings::of(&[&options, &server.options]);
        let handler: Arc<dyn AnyConnectionHandler> = Arc::new(handler);
        Self::new(server, settings, Serves::Raw(handler))
    }

    fn new(server: Arc<Server>, settings: Settings, serves: Serves) -> Result<Self, BuildError> {
        let mut errors = Vec::new();
        settings.check(&mut errors);
        if !errors.is_empty() {
            return Err(BuildError(errors));
        }
        let mounted = Arc::new(Mounted::new(server, settings, serves));
        mounted.server.core_mounts.lock().push(Arc::downgrade(&mounted));
        Ok(Self(mounted))
    }

    /// What holds on this mount.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Answers a negotiation, with JSON.
    ///
    /// # Errors
    ///
    /// [`CoreRefusal`] if the caller may not connect, or nobody may at the moment.
    pub async fn negotiate(&self, request: &Request) -> Result<Bytes, CoreRefusal> {
        self.0.authorize(request).await?;
        self.0.negotiate(request)
    }

    /// Answers a GET: the transport is what it asks for.
    ///
    /// # Errors
    ///
    /// [`CoreRefusal`], in the order of checks of section 1.7.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops what it opened.
    pub async fn open(&self, request: Request, transport: Transport) -> Result<Opened, CoreRefusal> {
        let mounted = &self.0;
        mounted.authorize(&request).await?;
        let is_new = transport == Transport::WebSockets && request.query("id").is_none_or(|id| id.is_empty());
        let link = if is_new {
            mounted.offers(transport)?;
            let agreed = Agreed { version: 0, stateful: false, user: request.user().cloned() };
            let link = Link::new(mounted.clone(), agreed);
            mounted.add(&link, false)?;
            mounted.beat();
            link
        } else {
            mounted.named(&request)?
        };
        mounted.offers(transport)?;
        let used = link.transport();
        let same_user = || is_same(link.user().as_ref(), request.user());
        if used.is_none() && !same_user() {
            return Err(OTHER_USER);
        }
        if used.is_some_and(|used| used != transport) {
            return Err(CoreRefusal::text(400, "Cannot change transports mid-connection"));
        }
        if used.is_some() && (transport == Transport::LongPolling || link.is_stateful()) {
            mounted.check_user(&link, &request, transport == Transport::LongPolling).await?;
        }
        mounted.server.watch();
        let (turn, held) = link.hold(transport, &request).await?;
        let life = (held == Held::First).then(|| link.life());
        let stream = CoreStream::new(link, transport, turn, life);
        match held {
            Held::Ended => Ok(Opened::Ended),
            Held::First if transport == Transport::LongPolling => Ok(Opened::FirstPoll),
            Held::First | Held::Again => Ok(Opened::Stream(Box::new(stream))),
        }
    }

    /// Answers the head of a POST: its body goes to the writer.
    ///
    /// # Errors
    ///
    /// [`CoreRefusal`] (section 1.7).
    ///
    /// # Cancel safety
    ///
    /// Nothing is taken.
    pub async fn post(&self, request: &Request) -> Result<CoreWriter, CoreRefusal> {
        self.0.authorize(request).await?;
        let link = self.0.named(request)?;
        if link.transport() == Some(Transport::WebSockets) {
            return Err(CoreRefusal::text(405, "POST requests are not allowed for WebSocket connections."));
        }
        if !is_same(link.user().as_ref(), request.user()) {
            return Err(OTHER_USER);
        }
        if link.has_ended() {
            return Err(CoreRefusal::text(404, ""));
        }
        Ok(CoreWriter::new(link).await)
    }

    /// Answers a POST to `{path}/refresh`, with JSON.
    ///
    /// # Errors
    ///
    /// [`CoreRefusal`] (section 9.2); none of them changes the connection.
    pub async fn refresh(&self, request: &Request) -> Result<Bytes, CoreRefusal> {
        self.0.authorize(request).await?;
        self.0.refresh(request).await
    }

    /// Answers a DELETE.
    ///
    /// # Errors
    ///
    /// [`CoreRefusal`] (section 1.7).
    pub async fn delete(&self, request: &Request) -> Result<(), CoreRefusal> {
        self.0.authorize(request).await?;
        let link = self.0.named(request)?;
        if link.transport() != Some(Transport::LongPolling) {
            return Err(CoreRefusal::text(400, "Cannot terminate this connection using the DELETE endpoint."));
        }
        if !is_same(link.user().as_ref(), request.user()) {
            return Err(OTHER_USER);
        }
        link.delete();
        Ok(())
    }
}

impl fmt::Debug for CoreMount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CoreMount").finish_non_exhaustive()
    }
}
