//! A mount and the requests it answers.

use std::{fmt, sync::Arc};

use bytes::Bytes;

use super::{
    Action, ClassicAnswer, ClassicRequest, Refusal, Transport,
    admit::Admitted,
    invoke,
    mounted::{Mounted, Serves},
};
use crate::{
    connection::{Connection, ConnectionId, DisconnectReason, Provisional},
    counters,
    dispatch::Event,
    events,
    hub::{RenameRule, Request},
    log::LogLimits,
    protocol::{
        Wire,
        classic::{DISABLED_SCRIPT, Negotiation, ProtocolVersion, ScriptHub, ScriptMethod, write_script},
    },
    raw::PersistentConnection,
    server::{BuildError, Options, RawType, Scope, ScopeId, ServedHub, Server, Settings},
    task,
};

/// A path on which classic clients connect. Cheap to clone.
#[derive(Clone)]
pub struct ClassicMount(pub(super) Arc<Mounted>);

impl ClassicMount {
    pub(crate) fn hubs(server: Arc<Server>, options: Options) -> Result<Self, BuildError> {
        Self::new(server, options, Serves::Hubs)
    }

    pub(crate) fn raw<C: PersistentConnection>(
        server: Arc<Server>,
        handler: C,
        options: Options,
    ) -> Result<Self, BuildError> {
        let name = handler.name().to_owned();
        let scope = {
            let mut raw = server.raw.write();
            if name.is_empty()
                || server.by_name.contains_key(&name.to_lowercase())
                || raw.iter().any(|held| held.scope.name() == name)
            {
                return Err(BuildError(vec![format!("the name `{name}` of a raw connection type is empty or taken")]));
            }
            let scope = Scope::new(ScopeId::new(server.hubs.len().saturating_add(raw.len())), name);
            server.node.add_scope(scope.name());
            raw.push(RawType { scope: scope.clone(), handler: Arc::new(handler) });
            scope
        };
        Self::new(server, options, Serves::Raw(scope))
    }

    fn new(server: Arc<Server>, options: Options, serves: Serves) -> Result<Self, BuildError> {
        let mut errors = Vec::new();
        let settings = Settings::of(&[&options, &server.options]);
        settings.check(&mut errors);
        if !errors.is_empty() {
            return Err(BuildError(errors));
        }
        // For good: a client may come back for what was sent while it was away.
        server.node.speaks(Wire::Classic, 1);
        server.node.widen(LogLimits { bytes: 0, age: settings.log_age(), replay: true });
        let of_hubs = server.hubs.iter().map(|hub| Settings::of(&[&options, &hub.options, &server.options])).collect();
        Ok(Self(Arc::new(Mounted { server, settings, of_hubs, serves })))
    }

    /// What holds on this mount.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// What a request for this path asks for: a mount of raw connections has no script.
    pub fn action(&self, path: &str) -> Action {
        Action::of(path, matches!(self.0.serves, Serves::Hubs))
    }

    /// Answers a request, in the order of checks of section 1.4.
    pub async fn handle(&self, request: ClassicRequest) -> ClassicAnswer {
        match self.try_handle(request).await {
            Ok(answer) => answer,
            Err(refusal) => {
                counters::REQUESTS_REFUSED.add_labelled("status", refusal.status.to_string(), 1);
                ClassicAnswer::Refused(refusal)
            }
        }
    }

    async fn try_handle(&self, request: ClassicRequest) -> Result<ClassicAnswer, Refusal> {
        let http = &request.request;
        if http.query("callback").is_some_and(|callback| !callback.is_empty()) {
            return Err(Refusal { reason: Some("Forbidden: JSONP is disabled."), ..Refusal::new(403, "") });
        }
        let listens = self.0.listens(http).await?;
        let action = self.action(http.path());
        match action {
            Action::Script => return Ok(ClassicAnswer::Script(self.script(http.path()))),
            Action::Negotiate => return self.negotiate(http).map(|text| ClassicAnswer::Json(text.into())),
            Action::Ping => return Ok(ClassicAnswer::Json(Bytes::from_static(b"{ \"Response\": \"pong\" }"))),
            _ => {}
        }
        let admitted = self.0.admit(&request, listens)?;
        match action {
            Action::Start => {
                self.start(&request, &admitted).await?;
                Ok(ClassicAnswer::Json(Bytes::from_static(b"{ \"Response\": \"started\" }")))
            }
            Action::Abort => {
                self.abort(&admitted);
                Ok(ClassicAnswer::Empty(Some("text/plain")))
            }
            _ if admitted.transport == Transport::WebSockets && !request.is_upgrade => {
                Err(Refusal::new(400, "Not a valid web socket request."))
            }
            Action::Send if admitted.transport != Transport::WebSockets => self.send(&request, &admitted).await,
            _ => self.0.open(&request, admitted, action).await.map(|stream| ClassicAnswer::Stream(Box::new(stream))),
        }
    }

    fn negotiate(&self, request: &Request) -> Result<String, Refusal> {
        let mounted = &self.0;
        if mounted.server.is_draining() {
            return Err(Refusal::new(503, "The server is shutting down."));
        }
        let id = ConnectionId::random_guid();
        let token = mounted.server.tokens.issue_connection(id.as_str(), request.user().map(|user| user.id().as_str()));
        let settings = &mounted.settings;
        let negotiation = Negotiation {
            url: &request.path().replace("/negotiate", ""),
            connection_token: &token,
            connection_id: id.as_str(),
            keep_alive_timeout: settings.keep_alive_timeout(),
            disconnect_timeout: settings.disconnect_timeout,
            connection_timeout: settings.connection_timeout,
            try_web_sockets: settings.websockets,
            protocol_version: ProtocolVersion::resolve(request.query("clientProtocol").as_deref()),
            transport_connect_timeout: settings.transport_connect_timeout,
            long_poll_delay: settings.long_poll_delay,
        };
        Ok(negotiation.encode())
    }

    fn script(&self, path: &str) -> String {
        if !self.0.settings.javascript_proxies {
            return DISABLED_SCRIPT.to_owned();
        }
        let url = path.trim_end_matches('/');
        let url = url.rfind('/').and_then(|at| url.get(..at)).unwrap_or_default();
        let mut hubs: Vec<&ServedHub> = Vec::new();
        for served in &self.0.server.hubs {
            hubs.insert(hubs.partition_point(|before| before.scope.name() < served.scope.name()), served);
        }
        let shown = hubs.into_iter().map(|served| {
            let mut methods: Vec<ScriptMethod<'_>> = Vec::new();
            for info in served.hub.methods() {
                match methods.iter_mut().find(|shown| shown.name.eq_ignore_ascii_case(&info.name)) {
                    Some(shown) if shown.parameters.len() > info.parameters.len() => {
                        shown.parameters = info.parameters.clone()
                    }
                    Some(_) => {}
                    None => methods.push(ScriptMethod {
                        function: if info.name_is_given {
                            info.name.clone()
                        } else {
                            RenameRule::CamelCase.apply(&info.name)
                        },
                        name: &info.name,
                        parameters: info.parameters.clone(),
                    }),
                }
            }
            ScriptHub { name: served.scope.name(), methods }
        });
        write_script(url, shown)
    }

    /// Section 1.7; once for each connection (13.1).
    async fn start(&self, request: &ClassicRequest, admitted: &Admitted) -> Result<(), Refusal> {
        let server = &self.0.server;
        let connection = self.connection(request, admitted)?;
        let Some(turn) = connection.begin(&admitted.listens) else { return Ok(()) };
        let (server, http, listens) = (server.clone(), request.request.clone(), admitted.listens.clone());
        // On a task of its own: an event that has begun is not cut short when the client breaks its request off.
        let started = task::spawn_for(async move {
            let failed = events::run_all(&server, &connection, &http, &listens, Event::Connected, turn).await;
            if !failed.is_empty() {
                server.end(&connection, DisconnectReason::ConnectedFailed);
            }
            failed.is_empty()
        });
        match started.await {
            Ok(true) => Ok(()),
            _ => Err(Refusal::new(500, "")),
        }
    }

    /// Section 1.9; at once, with or without a stream (13.1).
    fn abort(&self, admitted: &Admitted) {
        if let Some(connection) = self.0.server.node.find(&admitted.id) {
            self.0.server.end(&connection, DisconnectReason::StopCalled);
        }
    }

    async fn send(&self, request: &ClassicRequest, admitted: &Admitted) -> Result<ClassicAnswer, Refusal> {
        let query = request.request.query("data");
        let data = match (request.form("data"), admitted.transport) {
            (Some(data), _) => Some(data),
            (None, Transport::LongPolling) => query.as_deref(),
            (None, _) => None,
        };
        let Some(data) = data else { return Err(Refusal::new(400, "There is no data to send.")) };
        let connection = self.connection(request, admitted)?;
        let permit = connection.calls.clone().acquire_owned().await;
        let (mounted, http, data) = (self.0.clone(), request.request.clone(), data.to_owned());
        // On a task of its own, for the same reason.
        let running = task::spawn_for(async move {
            let answer = invoke::invoke(mounted, connection, http, data).await;
            drop(permit);
            answer
        });
        let Ok(answer) = running.await else { return Err(Refusal::new(500, "")) };
        match answer {
            invoke::Answer::Response(response) => Ok(ClassicAnswer::Json(response)),
            invoke::Answer::Nothing => Ok(ClassicAnswer::Empty(None)),
            invoke::Answer::NoInvocation { reason, .. } => Err(Refusal { text: reason, ..Refusal::new(400, "") }),
        }
    }

    /// The connection of a request that carries no stream.
    fn connection(&self, request: &ClassicRequest, admitted: &Admitted) -> Result<Arc<Connection>, Refusal> {
        let mounted = &self.0;
        if let Some(connection) = mounted.server.node.find(&admitted.id) {
            return Ok(connection);
        }
        mounted.server.watch();
        let grace = mounted.settings.grace(admitted.transport == Transport::LongPolling);
        let provisional = Provisional {
            id: admitted.id,
            wire: Wire::Classic,
            user: request.request.user().cloned(),
            request: request.request.clone(),
            limits: mounted.settings.outbox(),
            calls: mounted.settings.max_calls,
            listens: &admitted.listens,
            deadline: tokio::time::Instant::now() + grace,
        };
        let connection = mounted.server.node.provisional(provisional).map_err(Refusal::from)?;
        if mounted.server.is_draining() {
            mounted.server.end(&connection, DisconnectReason::Shutdown);
            return Err(Refusal::new(503, "The server is shutting down."));
        }
        Ok(connection)
    }
}

impl fmt::Debug for ClassicMount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClassicMount").field("serves", &self.0.serves).finish_non_exhaustive()
    }
}
