//! Opening a stream: groups are decided, what was missed is found, events are raised (sections 2.2, 4.5, 5.4 and 13.2).

use std::{collections::HashMap, sync::Arc};

use super::{Action, ClassicRequest, ClassicStream, Refusal, Transport, admit::Admitted, mounted::Mounted};
use crate::{
    connection::{Attach, Attached, DisconnectReason, GroupsSeen, Known, NotAttached},
    counters,
    dispatch::Event,
    events,
    groups::GroupName,
    hub::ConnectionGroups,
    pipeline::Rejoining,
    protocol::{
        Wire,
        classic::{Cursor, ProtocolVersion},
    },
    rejoin::{Generation, Holder},
    server::ScopeId,
    task,
};

/// How often the rejoining stage is asked again because the connection came or went meanwhile.
const ATTEMPTS: usize = 4;

impl Mounted {
    pub(super) async fn open(
        self: &Arc<Self>,
        request: &ClassicRequest,
        admitted: Admitted,
        action: Action,
    ) -> Result<ClassicStream, Refusal> {
        let server = &self.server;
        if server.is_draining() {
            return Err(Refusal::new(503, "The server is shutting down."));
        }
        server.watch();
        let http = &request.request;
        // Long polling may have both in a form; the query goes before.
        let field = |name: &str| -> Option<String> {
            let in_form =
                || request.form(name).filter(|_| admitted.transport == Transport::LongPolling).map(str::to_owned);
            http.query(name).map(|value| value.into_owned()).or_else(in_form).filter(|value| !value.is_empty())
        };
        let message_id = field("messageId");
        let cursor = match message_id.as_deref().map(|text| Cursor::parse(text, server.node.epoch)) {
            None => None,
            Some(Ok(cursor)) => cursor.map(|cursor| cursor.position),
            Some(Err(_)) => return Err(Refusal::new(400, "Invalid cursor.")),
        };
        let token = field("groupsToken");
        let protocol = ProtocolVersion::resolve(http.query("clientProtocol").as_deref());
        let is_connect = action == Action::Connect;

        let mut attempt = 1;
        let (attached, was_known) = loop {
            let groups = self.groups_of(&admitted, http.user().map(|user| user.id().as_str()), token.as_deref()).await;
            let known = server.node.known(&admitted.id, cursor, &groups);
            let was_known = matches!(known, Known::Here { .. });
            // The stage is asked at a reconnect; a poll of a connection that lives here is none. A connect that brings a good
            // token is one, as the token was given to this very connection. A hub that came back unlisted is asked when it is listed.
            let is_reconnect = match action {
                Action::Connect => !was_known && matches!(groups, GroupsSeen::Token { .. }),
                Action::Reconnect => true,
                _ => !was_known || admitted.transport != Transport::LongPolling,
            };
            let due: Vec<ScopeId> = match &known {
                _ if is_reconnect => admitted.listens.clone(),
                Known::Here { unasked, .. } => {
                    admitted.listens.iter().copied().filter(|scope| unasked.contains(scope)).collect()
                }
                Known::No => Vec::new(),
            };
            let stage = self.ask_stages(request, &admitted, &due, &known, &groups).await;
            let attach = Attach {
                id: admitted.id,
                wire: Wire::Classic,
                user: http.user().cloned(),
                request: http.clone(),
                listens: admitted.listens.clone().into_boxed_slice(),
                limits: self.settings.outbox(),
                calls: self.settings.max_calls,
                cursor,
                groups,
                stage,
                expected_known: was_known,
                init: is_connect && protocol.has_delayed_start(),
                is_poll: action == Action::Poll && admitted.transport == Transport::LongPolling,
            };
            match server.node.attach(attach) {
                Ok(attached) => break (attached, was_known),
                Err(NotAttached::Changed) if attempt < ATTEMPTS => attempt += 1,
                Err(not_attached) => return Err(not_attached.into()),
            }
        };
        if server.is_draining() {
            // It began while the groups were decided, and may have looked for connections before this one was there.
            server.end(&attached.connection, DisconnectReason::Shutdown);
            return Err(Refusal::new(503, "The server is shutting down."));
        }
        tracing::debug!(connection = %admitted.id, transport = ?admitted.transport, ?action, "a stream is open");
        counters::STREAMS.add_labelled("transport", transport_name(admitted.transport), 1);
        let brings_a_past = message_id.is_some() || token.is_some();
        let is_reconnected = match action {
            Action::Connect => false,
            Action::Reconnect => true,
            _ if admitted.transport == Transport::LongPolling => !was_known && brings_a_past,
            _ => true,
        };
        let stream = ClassicStream::new(self.clone(), attached, admitted.transport);
        if is_reconnected {
            self.raise_reconnected(&stream, admitted.listens);
        } else if is_connect && !protocol.has_delayed_start() {
            self.raise_connected(&stream, admitted.listens);
        }
        Ok(stream)
    }

    /// Verifies the groups token and takes out what was removed since. A bad one never fails a request.
    async fn groups_of(&self, admitted: &Admitted, user: Option<&str>, token: Option<&str>) -> GroupsSeen {
        let Some(token) = token else { return GroupsSeen::NoToken };
        let holder = Holder { generation: Generation::Classic, connection: admitted.id.as_str(), user };
        let mut verified = match self.server.tokens.verify_groups(token, holder).await {
            Ok(verified) => verified,
            Err(refused) => {
                tracing::warn!(connection = %admitted.id, reason = refused.reason(), "a groups token was refused");
                counters::TOKENS_REFUSED.add_labelled("reason", refused.reason(), 1);
                return GroupsSeen::Refused;
            }
        };
        let removed = self.server.node.removals().filter(&mut verified);
        let tokens = &self.server.tokens;
        let renew = removed > 0
            || !verified.newest_key
            || tokens.should_reissue(verified.issued_at_ms, tokens.clock().now_ms());
        let groups = verified
            .groups
            .iter()
            .filter_map(|(hub, groups)| self.server.scope_of(hub).map(|scope| (scope, groups)))
            .flat_map(|(scope, groups)| {
                groups.iter().filter_map(move |group| GroupName::new(group).ok().map(|group| (scope, group)))
            })
            .collect();
        // A token of an older key is renewed at once, so the ring of today stands for its own.
        let issued = (verified.issued_at_ms, tokens.keys().revision());
        GroupsSeen::Token { sequence: verified.sequence, issued, renew, groups }
    }

    /// Asks the rejoining stage of these hubs.
    async fn ask_stages(
        &self,
        request: &ClassicRequest,
        admitted: &Admitted,
        due: &[ScopeId],
        known: &Known,
        groups: &GroupsSeen,
    ) -> Vec<(ScopeId, Vec<GroupName>, Vec<GroupName>)> {
        let mut by_scope: HashMap<ScopeId, Vec<GroupName>> = HashMap::new();
        let held = match (known, groups) {
            (Known::Here { groups, .. }, _) | (Known::No, GroupsSeen::Token { groups, .. }) => groups.as_slice(),
            (Known::No, _) => &[],
        };
        for (scope, group) in held {
            by_scope.entry(*scope).or_default().push(group.clone());
        }
        let asked = due.iter().map(|scope| {
            let groups = by_scope.remove(scope).unwrap_or_default();
            async move { (*scope, groups.clone(), self.ask_stage(request, admitted, *scope, groups).await) }
        });
        task::join(asked).await
    }

    async fn ask_stage(
        &self,
        request: &ClassicRequest,
        admitted: &Admitted,
        scope: ScopeId,
        groups: Vec<GroupName>,
    ) -> Vec<GroupName> {
        let Some(asked_of) = self.server.scope(scope) else { return Vec::new() };
        let handle = ConnectionGroups::new(&self.server, &asked_of, admitted.id);
        let rejoining = |hub| Rejoining { hub, connection: admitted.id, request: &request.request, groups, handle };
        let asked = async {
            if let Some(raw) = self.server.raw(scope) {
                return Ok(raw.handler.rejoining_groups(rejoining(asked_of.name())));
            }
            match self.server.hub(scope) {
                Some(served) => served.chain.rejoining_groups().run(rejoining(asked_of.name())).await,
                None => Ok(Vec::new()),
            }
        };
        use futures_util::FutureExt as _;
        let asked = std::panic::AssertUnwindSafe(asked).catch_unwind();
        let (failure, detail) = match tokio::time::timeout(self.of_hub(scope).rejoin_timeout, asked).await {
            Ok(Ok(Ok(groups))) => return groups,
            Ok(Ok(Err(error))) => ("failed", format!("{error:?}")),
            Ok(Err(_)) => ("panicked", String::new()),
            Err(_) => ("took too long", String::new()),
        };
        tracing::error!(hub = asked_of.name(), connection = %admitted.id, detail, "the rejoining stage {failure}; no groups are rejoined");
        counters::REJOINS_REFUSED.add(1);
        Vec::new()
    }

    /// Runs beside the stream; a failure ends it.
    fn raise_reconnected(self: &Arc<Self>, stream: &ClassicStream, listens: Vec<ScopeId>) {
        let Attached { connection, stream, .. } = stream.attached();
        let server = self.server.clone();
        // It may have ended since the stream was attached: an event would begin what nothing ends.
        let Some(turn) = connection.come_back(&listens) else { return };
        task::spawn(async move {
            let request = connection.request();
            if !events::run_all(&server, &connection, &request, &listens, Event::Reconnected, turn).await.is_empty() {
                server.node.fail_stream(&connection, stream);
            }
        });
    }

    /// Below protocol 1.4 the connected event runs inside connect, and the stream is live after it.
    fn raise_connected(self: &Arc<Self>, stream: &ClassicStream, listens: Vec<ScopeId>) {
        let Attached { connection, stream, .. } = stream.attached();
        let server = self.server.clone();
        let first = connection.begin(&listens);
        task::spawn(async move {
            if let Some(turn) = first {
                let request = connection.request();
                let failed = events::run_all(&server, &connection, &request, &listens, Event::Connected, turn).await;
                if !failed.is_empty() {
                    // Its life never began for a hub whose connected event failed here: such a client saw no response.
                    server.node.fail_stream(&connection, stream);
                    let began: Vec<ScopeId> = listens.into_iter().filter(|scope| !failed.contains(scope)).collect();
                    if let Some(turn) = server.node.end(&connection, DisconnectReason::ConnectedFailed) {
                        let event = Event::Disconnected(DisconnectReason::ConnectedFailed);
                        events::run_all(&server, &connection, &request, &began, event, turn).await;
                    }
                    return;
                }
            }
            server.node.push_init(&connection, stream);
        });
    }
}

fn transport_name(transport: Transport) -> &'static str {
    match transport {
        Transport::WebSockets => "websockets",
        Transport::ServerSentEvents => "server_sent_events",
        Transport::LongPolling => "long_polling",
    }
}
