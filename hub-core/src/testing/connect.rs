//! Connecting: negotiate, connect, start.

use std::{fmt, sync::Arc};

use serde_json::Value;

use super::{ConnectError, Refused, TestClient, Transport, memory::Memory, server::Kit, shared::Shared};
use crate::{ConnectionId, HubType, NameError, User, classic::ClassicAnswer};

/// A client that is to be connected. Made by [`TestServer::client`](super::TestServer::client).
#[must_use = "a client is connected by `connect`"]
pub struct ClientBuilder {
    kit: Arc<Kit>,
    transport: Transport,
    protocol: String,
    hubs: Vec<String>,
    user: Option<Result<User, NameError>>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

impl ClientBuilder {
    pub(super) fn new(kit: Arc<Kit>) -> Self {
        Self {
            kit,
            transport: Transport::WebSockets,
            protocol: "2.1".to_owned(),
            hubs: Vec::new(),
            user: None,
            query: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// Listens to a hub. May be said of several; [`TestClient::invoke`] calls the first.
    pub fn hub<H: HubType>(self) -> Self {
        self.hub_named(&H::config().name)
    }

    /// Listens to a hub, by its name on the wire.
    pub fn hub_named(mut self, name: &str) -> Self {
        self.hubs.push(name.to_owned());
        self
    }

    /// Signs in a user whose id is its name.
    pub fn user(mut self, name: &str) -> Self {
        self.user = Some(User::new(name));
        self
    }

    /// Signs in a user with an id, roles and claims of its own.
    pub fn signed_in(mut self, user: User) -> Self {
        self.user = Some(Ok(user));
        self
    }

    /// Connects over another transport than WebSockets.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// Speaks another version of the client protocol than 2.1. Below 1.4 the connected event runs inside connect.
    pub fn protocol(mut self, version: &str) -> Self {
        version.clone_into(&mut self.protocol);
        self
    }

    /// Adds to the query of every request.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a header to every request.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Connects: when this returns, connected events have run.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if a request is refused, or the stream does not become live.
    pub async fn connect(self) -> Result<TestClient, ConnectError> {
        let client = self.open().await?;
        if client.starts() {
            client.start().await?;
        }
        Ok(client)
    }

    /// Connects up to the live stream; [`TestClient::start`] is still to come.
    ///
    /// # Errors
    ///
    /// As for [`connect`](Self::connect).
    pub async fn open(self) -> Result<TestClient, ConnectError> {
        let client = self.negotiate().await?;
        client.connect_again().await?;
        Ok(client)
    }

    /// Negotiates alone: the client has its id and its token, and no stream.
    ///
    /// # Errors
    ///
    /// As for [`connect`](Self::connect).
    pub async fn negotiate(self) -> Result<TestClient, ConnectError> {
        let user = self.user.transpose()?;
        let nobody = ConnectionId::random_guid();
        let mut memory = Memory {
            id: nobody,
            connection_token: String::new(),
            cursor: None,
            groups_token: None,
            groups_tokens_received: 0,
            transport: self.transport,
            protocol: self.protocol,
            hubs: self.hubs,
            user,
            query: self.query,
            headers: self.headers,
            state: Default::default(),
        };
        let answer = match self.kit.mount().handle(memory.request("negotiate", None)).await {
            ClassicAnswer::Json(answer) => serde_json::from_slice::<Value>(&answer).unwrap_or_default(),
            ClassicAnswer::Refused(refusal) => return Err(Refused::new("negotiate", refusal).into()),
            _ => Value::Null,
        };
        let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
        memory.id = ConnectionId::parse(text("ConnectionId")).unwrap_or(nobody);
        text("ConnectionToken").clone_into(&mut memory.connection_token);
        Ok(TestClient::new(Shared::new(self.kit, memory)))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("transport", &self.transport)
            .field("hubs", &self.hubs)
            .finish_non_exhaustive()
    }
}
