//! What a client knows beside its stream: tokens, place, and the requests that carry them.

use std::{io, sync::Arc};

use parking_lot::Mutex;
use serde_json::Value;

use crate::{
    PATIENCE,
    http::{Ask, Link, Response, encode},
    within,
};

/// How a client is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Transport {
    WebSockets,
    ServerSentEvents,
    LongPolling,
}

impl Transport {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::WebSockets, Self::ServerSentEvents, Self::LongPolling];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::WebSockets => "webSockets",
            Self::ServerSentEvents => "serverSentEvents",
            Self::LongPolling => "longPolling",
        }
    }
}

/// What the server told last, shared with whoever reads the stream.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) cursor: Option<String>,
    pub(super) groups_token: Option<String>,
}

/// One connection, as its client knows it.
#[derive(Debug, Clone)]
pub struct Session {
    /// Where the server is reached.
    pub link: Link,
    /// The mount.
    pub mount: String,
    /// The connection token.
    pub token: String,
    /// The connection id.
    pub id: String,
    /// Headers of every request.
    pub headers: Vec<(String, String)>,
    /// What follows in every query, beginning with `&`.
    pub query: String,
    connection_data: String,
    pub(super) place: Arc<Mutex<Place>>,
}

impl Session {
    /// Negotiates on the usual mount.
    ///
    /// # Errors
    ///
    /// Those of the network, and an answer other than 200.
    pub async fn negotiate(link: impl Into<Link>, hubs: &[&str], query: &str) -> io::Result<Self> {
        Self::negotiate_at(link, "/signalr", hubs, query).await
    }

    /// Negotiates on any mount.
    ///
    /// # Errors
    ///
    /// As [`Session::negotiate`].
    pub async fn negotiate_at(link: impl Into<Link>, mount: &str, hubs: &[&str], query: &str) -> io::Result<Self> {
        let link = link.into();
        let hubs: Vec<Value> = hubs.iter().map(|name| serde_json::json!({ "name": name })).collect();
        let mut session = Self {
            link,
            mount: mount.to_owned(),
            token: String::new(),
            id: String::new(),
            headers: Vec::new(),
            query: query.to_owned(),
            connection_data: encode(&Value::from(hubs).to_string()),
            place: Arc::default(),
        };
        let response = within(PATIENCE, Ask::get(session.negotiate_target()).send(link)).await?;
        if response.status != 200 {
            return Err(io::Error::other(format!("/negotiate: {} {}", response.status, response.text())));
        }
        let told: Value = serde_json::from_slice(&response.body).map_err(io::Error::other)?;
        session.token = told["ConnectionToken"].as_str().unwrap_or_default().to_owned();
        session.id = told["ConnectionId"].as_str().unwrap_or_default().to_owned();
        Ok(session)
    }

    /// The target of its negotiate.
    pub fn negotiate_target(&self) -> String {
        let (mount, data, query) = (&self.mount, &self.connection_data, &self.query);
        format!("{mount}/negotiate?clientProtocol=2.1&connectionData={data}{query}")
    }

    /// The target of a request that does not say where the client stands.
    pub fn target(&self, action: &str, transport: Transport) -> String {
        let (mount, data, query) = (&self.mount, &self.connection_data, &self.query);
        let (transport, token) = (transport.name(), encode(&self.token));
        format!(
            "{mount}/{action}?transport={transport}&clientProtocol=2.1&connectionToken={token}&connectionData={data}{query}"
        )
    }

    /// The target of a request that opens a stream from where the client stands.
    pub fn resuming_target(&self, action: &str, transport: Transport) -> String {
        let mut target = self.target(action, transport);
        for (name, value) in self.place_fields() {
            target.push_str(&format!("&{name}={}", encode(&value)));
        }
        target
    }

    /// Cursor and groups token, as fields of a query or a form.
    pub(super) fn place_fields(&self) -> Vec<(&'static str, String)> {
        let place = self.place.lock().clone();
        let fields = [("messageId", place.cursor), ("groupsToken", place.groups_token)];
        fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The last cursor received.
    pub fn cursor(&self) -> Option<String> {
        self.place.lock().cursor.clone()
    }

    /// The last groups token received.
    pub fn groups_token(&self) -> Option<String> {
        self.place.lock().groups_token.clone()
    }

    /// Takes another cursor for the last one.
    pub fn set_cursor(&self, cursor: Option<String>) {
        self.place.lock().cursor = cursor;
    }

    /// Takes another groups token for the last one.
    pub fn set_groups_token(&self, token: Option<String>) {
        self.place.lock().groups_token = token;
    }

    /// A copy that shares nothing with it.
    pub fn detached(&self) -> Self {
        Self { place: Arc::new(Mutex::new(self.place.lock().clone())), ..self.clone() }
    }

    /// `/start`.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn start(&self, transport: Transport) -> io::Result<Response> {
        let ask = Ask::get(self.target("start", transport)).headers(&self.headers);
        within(PATIENCE, ask.send(self.link)).await
    }

    /// `/abort`.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn abort(&self, transport: Transport) -> io::Result<Response> {
        let ask = Ask::post(self.target("abort", transport), "").headers(&self.headers);
        within(PATIENCE, ask.send(self.link)).await
    }

    /// `/send`, with a message as it stands.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn send(&self, transport: Transport, message: &str) -> io::Result<Response> {
        let form = format!("data={}", encode(message));
        Ask::post(self.target("send", transport), form).headers(&self.headers).send(self.link).await
    }
}
