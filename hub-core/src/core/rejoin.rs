//! Signed rejoin: a client that asks for it gets the groups of its previous connection back (section 10.6).

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::FutureExt as _;
use serde::Serialize;

use super::invoke::Calling;
use crate::{
    connection::{Connection, ConnectionId, DisconnectReason},
    counters,
    dispatch::Event,
    events,
    groups::GroupName,
    hub::ConnectionGroups,
    pipeline::Rejoining,
    protocol::{
        EncodedArguments, Encoding, RawValue,
        core::{Invocation, Outgoing},
    },
    rejoin::{Generation, Holder},
    server::{Scope, Server},
    task,
};

/// The reserved method that a client's wrapper invokes after each handshake.
pub(super) const REJOIN: &str = "$rejoin";
/// The reserved client method that brings a new token.
const TOKEN: &str = "$token";
/// How long changes of membership are gathered before the client gets a new token.
const GATHER: Duration = Duration::from_millis(100);

/// What `$rejoin` completes with.
#[derive(Serialize)]
struct Answer {
    restored: bool,
    groups: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl Calling {
    /// Answers `$rejoin`. Until it has, nothing more of the connection is read.
    pub(super) async fn rejoin(&self, invocation: &Invocation<'_>) {
        let id = invocation.id.as_deref();
        let values: Vec<RawValue<'_>> =
            invocation.arguments.as_ref().map(|values| values.iter().take(2).collect()).unwrap_or_default();
        let token = match &*values {
            [token] => token.read::<Option<String>>().ok(),
            _ => None,
        };
        let Some(token) = token else {
            let text = format!("Failed to invoke '{REJOIN}' due to an error on the server.");
            return self.complete(id, Err(&text)).await;
        };
        let restored = match token {
            Some(token) => self.restore(&token).await,
            None => Err("no token"),
        };
        let keeper = TokenKeeper {
            server: self.server().clone(),
            scope: self.scope().clone(),
            connection: self.connection().clone(),
            encoding: self.encoding(),
        };
        let (groups, version) = keeper.membership();
        let token = keeper.issue(version, groups.clone()).await;
        if self.connection().begins_rejoining() {
            task::spawn(keeper.keep(version));
        }
        let answer = Answer { restored: restored.is_ok(), groups, token, reason: restored.err() };
        match self.encoding().encode(&answer) {
            Ok(answer) => self.complete(id, Ok(Some(&answer))).await,
            Err(_) => self.complete(id, Err("The groups cannot be told.")).await,
        }
    }

    /// Joins the groups of a token. Gives why not.
    async fn restore(&self, token: &str) -> Result<(), &'static str> {
        let (server, scope, connection) = (self.server(), self.scope(), self.connection());
        let user = connection.user_id().map(|user| user.as_str());
        let verified = server.tokens.verify_groups_of_any_connection(token, Generation::Core, scope.name(), user).await;
        let mut verified = match verified {
            Ok(verified) => verified,
            Err(refused) => {
                tracing::warn!(connection = %connection.id, reason = refused.reason(), "a rejoin token was refused");
                counters::TOKENS_REFUSED.add_labelled("reason", refused.reason(), 1);
                return Err(refused.reason());
            }
        };
        server.spent.spend(&verified)?;
        self.end_previous(&verified.connection).await;
        server.node.removals().filter(&mut verified);
        let names = verified.of_hub(scope.name()).unwrap_or_default();
        let groups: Vec<GroupName> = names.iter().filter_map(|name| GroupName::new(name).ok()).collect();
        let groups = self.ask_stage(groups).await?;
        server.node.join_all(connection, scope, groups);
        let event = Event::Reconnected;
        // A failure has been logged; the groups are joined all the same.
        let _ = events::run_one(server, connection, &connection.request(), scope, event).await;
        Ok(())
    }

    /// A connection whose client has come back on another one is over.
    async fn end_previous(&self, previous: &str) {
        let server = self.server();
        let found = ConnectionId::parse(previous).filter(|id| *id != self.connection().id);
        let Some(previous) = found.and_then(|id| server.node.find(&id)) else { return };
        if let Some(ended) = server.end(&previous, DisconnectReason::TimedOut) {
            // Its disconnected event goes before the reconnected one, unless it takes too long.
            let _ = tokio::time::timeout(self.settings().rejoin_timeout, ended).await;
        }
    }

    async fn ask_stage(&self, groups: Vec<GroupName>) -> Result<Vec<GroupName>, &'static str> {
        let (scope, connection) = (self.scope(), self.connection());
        let Some(served) = self.server().hub(scope.id()) else { return Ok(groups) };
        let request = connection.request();
        let handle = ConnectionGroups::new(self.server(), scope, connection.id);
        let rejoining = Rejoining { hub: scope.name(), connection: connection.id, request: &request, groups, handle };
        let asked = AssertUnwindSafe(served.chain.rejoining_groups().run(rejoining)).catch_unwind();
        let detail = match tokio::time::timeout(self.settings().rejoin_timeout, asked).await {
            Ok(Ok(Ok(groups))) => return Ok(groups),
            Ok(Ok(Err(error))) => format!("{error:?}"),
            Ok(Err(_)) => "it panicked".to_owned(),
            Err(_) => "it took too long".to_owned(),
        };
        tracing::error!(hub = scope.name(), connection = %connection.id, detail, "the rejoining stage failed; no groups are rejoined");
        counters::REJOINS_REFUSED.add(1);
        Err("stage failed")
    }
}

/// Gives a connection new tokens as its membership changes and its last one grows old.
struct TokenKeeper {
    server: Arc<Server>,
    scope: Scope,
    connection: Arc<Connection>,
    encoding: Encoding,
}

impl TokenKeeper {
    /// The groups of the hub, and the sequence of the membership.
    fn membership(&self) -> (Vec<String>, u64) {
        let (groups, version) = self.connection.membership(self.scope.id());
        (groups.into_iter().map(|group| group.as_str().to_owned()).collect(), version)
    }

    async fn issue(&self, version: u64, groups: Vec<String>) -> Option<String> {
        let user = self.connection.user_id().map(|user| user.as_str());
        let holder = Holder { generation: Generation::Core, connection: self.connection.id.as_str(), user };
        let groups = [(self.scope.name().to_owned(), groups)];
        match self.server.tokens.issue_groups(holder, version, &groups).await {
            Ok(issued) => {
                self.server.spent.issued(self.connection.id.as_str(), version, issued.issued_at_ms);
                Some(issued.into_token())
            }
            Err(error) => {
                tracing::error!(connection = %self.connection.id, %error, "a rejoin token could not be issued; the client keeps the one it has");
                None
            }
        }
    }

    /// Runs until the connection ends.
    async fn keep(self, mut told: u64) {
        let half_life = self.server.tokens.life() / 2;
        loop {
            let is_renewal = tokio::select! {
                biased;
                () = self.connection.ended.cancelled() => return,
                () = self.connection.membership_changed.notified() => false,
                () = tokio::time::sleep(half_life) => true,
            };
            tokio::select! {
                biased;
                () = self.connection.ended.cancelled() => return,
                () = tokio::time::sleep(GATHER) => {}
            }
            let (groups, version) = self.membership();
            if version == told && !is_renewal {
                continue;
            }
            if let Some(token) = self.issue(version, groups).await {
                told = version;
                self.tell(&token);
            }
        }
    }

    fn tell(&self, token: &str) {
        let mut arguments = EncodedArguments::new(self.encoding);
        if arguments.push(token).is_ok() {
            let call = Outgoing::Invocation { id: None, target: TOKEN, arguments: &arguments, stream_ids: &[] };
            let frame: Bytes = call.encode(self.encoding);
            self.server.node.reply_direct(&self.connection, frame);
        }
    }
}
