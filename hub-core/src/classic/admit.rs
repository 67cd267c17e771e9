//! Who may come in: action, hubs, transport and connection token of a request (sections 1.1, 1.4 and 3.1).

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use super::{
    ClassicRequest, Refusal, invoke,
    mounted::{Mounted, Serves},
};
use crate::{
    connection::ConnectionId,
    hub::Request,
    pipeline::Authorization,
    protocol::classic::{ConnectionDataError, HubNames},
    rejoin::ConnectionTokenError,
    server::ScopeId,
};

/// What a request asks for, told by the end of its path, ignoring case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Action {
    Negotiate,
    Ping,
    Start,
    Connect,
    Reconnect,
    Send,
    Abort,
    /// `/hubs` or `/js`, on mounts of hubs.
    Script,
    /// `/poll`.
    Poll,
    /// Anything else: no action.
    None,
}

impl Action {
    /// The action of a path.
    pub fn of(path: &str, has_script: bool) -> Self {
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        if has_script && matches!(&*last(path.trim_end_matches('/')), "hubs" | "js") {
            return Self::Script;
        }
        match &*last(path) {
            "negotiate" => Self::Negotiate,
            "ping" => Self::Ping,
            "start" => Self::Start,
            "connect" => Self::Connect,
            "reconnect" => Self::Reconnect,
            "send" => Self::Send,
            "abort" => Self::Abort,
            "poll" => Self::Poll,
            _ => Self::None,
        }
    }
}

/// How a stream is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Transport {
    WebSockets,
    ServerSentEvents,
    LongPolling,
}

/// A request that passed the checks.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) id: ConnectionId,
    pub(super) transport: Transport,
    /// The hubs of `connectionData` that the caller may listen to.
    pub(super) listens: Vec<ScopeId>,
}

impl Mounted {
    /// The accepted hubs of `connectionData`, in its order.
    pub(super) async fn listens(&self, request: &Request) -> Result<Vec<ScopeId>, Refusal> {
        let refused = || Refusal::new(if request.user().is_some() { 403 } else { 401 }, "");
        if let Serves::Raw(scope) = &self.serves {
            let asked = || self.server.raw(scope.id()).is_some_and(|raw| raw.handler.authorize(request));
            // A handler that panics has not agreed.
            let agrees = std::panic::catch_unwind(AssertUnwindSafe(asked)).unwrap_or_default();
            return if agrees { Ok(vec![scope.id()]) } else { Err(refused()) };
        }
        let names =
            HubNames::parse(request.query("connectionData").as_deref(), self.settings.max_hubs).map_err(|error| {
                match error {
                    ConnectionDataError::Duplicate => Refusal::new(400, "Duplicate Hub names found."),
                    ConnectionDataError::TooMany { .. } => Refusal::new(400, "connectionData lists too many hubs."),
                    ConnectionDataError::Malformed => Refusal::new(400, "connectionData is not a list of hubs."),
                }
            })?;
        let mut hubs = Vec::with_capacity(names.0.len());
        for name in &names.0 {
            hubs.push(
                self.server
                    .hub_named(name)
                    .ok_or(Refusal::new(400, "A hub of connectionData could not be resolved."))?,
            );
        }
        let mut accepted = Vec::with_capacity(hubs.len());
        for served in &hubs {
            let authorization = Authorization { hub: served.scope.name(), method: None, request };
            let asked = AssertUnwindSafe(served.chain.authorize_connect().run(authorization)).catch_unwind();
            let limit = self.of_hub(served.scope.id()).call_timeout;
            // A module that panics, or takes too long, has not agreed.
            if matches!(invoke::within(limit, asked).await, Some(Ok(true))) {
                accepted.push(served.scope.id());
            }
        }
        if accepted.is_empty() && !hubs.is_empty() {
            return Err(refused());
        }
        Ok(accepted)
    }

    /// Transport, connection token and user.
    pub(super) fn admit(&self, request: &ClassicRequest, listens: Vec<ScopeId>) -> Result<Admitted, Refusal> {
        let http = &request.request;
        let unknown = Refusal::new(400, "Protocol error: Unknown transport.");
        let transport = match http.query("transport").as_deref().unwrap_or_default().to_ascii_lowercase().as_str() {
            "websockets" if self.settings.websockets => Transport::WebSockets,
            "serversentevents" => Transport::ServerSentEvents,
            "longpolling" => Transport::LongPolling,
            "foreverframe" => {
                return Err(Refusal::new(400, "Protocol error: The foreverFrame transport is not offered."));
            }
            _ => return Err(unknown),
        };
        let token = http.query("connectionToken").unwrap_or_default();
        if token.is_empty() {
            return Err(Refusal::new(400, "Protocol error: Missing connection token."));
        }
        let bad = Refusal::new(400, "The ConnectionId is in the incorrect format.");
        let verified = self
            .server
            .tokens
            .verify_connection(&token, http.user().map(|user| user.id().as_str()))
            .map_err(|error| match error {
                ConnectionTokenError::WrongUser => Refusal::new(
                    403,
                    "Unrecognized user identity.  The user identity cannot change during an active SignalR connection.",
                ),
                _ => bad.clone(),
            })?;
        let id = ConnectionId::parse(&verified.connection_id).ok_or(bad.clone())?;
        // A key that was retired vouches only for connections that live here: their clients cannot renew the token.
        // Whoever holds the retired key can still sign for themselves, so the user is that of the connection.
        if verified.retired_key
            && self
                .server
                .node
                .find(&id)
                .is_none_or(|connection| connection.user_id() != http.user().map(|user| user.id()))
        {
            return Err(bad);
        }
        Ok(Admitted { id, transport, listens })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_path_is_the_action() {
        for (path, action) in [
            ("/signalr/negotiate", Action::Negotiate),
            ("/signalr//NEGOTIATE", Action::Negotiate),
            ("/signalr/js/connect", Action::Connect),
            ("/signalr/negotiate/", Action::None),
            ("/signalr/hubs//", Action::Script),
            ("/signalr/Js", Action::Script),
            ("/signalr/poll", Action::Poll),
            ("/signalr", Action::None),
        ] {
            assert_eq!(Action::of(path, true), action, "{path}");
        }
        assert_eq!(Action::of("/raw/hubs", false), Action::None);
    }
}
