//! What a client keeps between its requests.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::{
    ConnectionId, Request, User,
    classic::{ClassicRequest, Transport},
    protocol::classic::ProtocolVersion,
};

/// The path that test servers are mounted at.
pub(super) const PATH: &str = "/signalr";

/// What a real client would remember.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    pub id: ConnectionId,
    pub connection_token: String,
    /// The last `C` that came.
    pub cursor: Option<String>,
    /// The last `G` that came.
    pub groups_token: Option<String>,
    pub groups_tokens_received: usize,
    pub transport: Transport,
    pub protocol: String,
    /// The hubs it listens to, as registered.
    pub hubs: Vec<String>,
    pub user: Option<User>,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    /// Caller state by lower-case hub name.
    pub state: HashMap<String, Map<String, Value>>,
}

impl Memory {
    /// The request for an action, as the browser's client would write it.
    pub(super) fn request(&self, action: &str, data: Option<&str>) -> ClassicRequest {
        let polls = self.transport == Transport::LongPolling;
        let opens = matches!(action, "connect" | "reconnect" | "poll");
        let mut form: Vec<(String, String)> =
            data.map(|data| ("data".to_owned(), data.to_owned())).into_iter().collect();
        let mut query = form_urlencoded::Serializer::new(String::new());
        if action != "negotiate" {
            query.append_pair("transport", transport_name(self.transport));
            query.append_pair("connectionToken", &self.connection_token);
        }
        query.append_pair("clientProtocol", &self.protocol);
        query.append_pair("connectionData", &self.connection_data());
        let kept = [("groupsToken", &self.groups_token), ("messageId", &self.cursor)];
        for (name, value) in kept.into_iter().filter(|_| opens) {
            let Some(value) = value else { continue };
            if name == "messageId" && action == "connect" {
                continue;
            }
            if polls {
                form.push((name.to_owned(), value.clone()));
            } else {
                query.append_pair(name, value);
            }
        }
        for (name, value) in &self.query {
            query.append_pair(name, value);
        }
        let headers = self.headers.iter().map(|(name, value)| (&**name, &**value));
        let request = Request::new(&format!("{PATH}/{action}"), &query.finish(), headers, self.user.clone());
        ClassicRequest { request, form, is_upgrade: opens && self.transport == Transport::WebSockets }
    }

    /// Whether the connected event belongs to a request of its own.
    pub(super) fn starts(&self) -> bool {
        ProtocolVersion::resolve(Some(&self.protocol)).has_delayed_start()
    }

    pub(super) fn merge_state(&mut self, hub: &str, changes: &Value) {
        if let Value::Object(changes) = changes {
            let state = self.state.entry(hub.to_lowercase()).or_default();
            state.extend(changes.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
    }

    /// Lower case, as the browser's client writes the names.
    fn connection_data(&self) -> String {
        let listed = self.hubs.iter().map(|hub| serde_json::json!({ "name": hub.to_lowercase() })).collect();
        Value::Array(listed).to_string()
    }
}

pub(super) fn transport_name(transport: Transport) -> &'static str {
    match transport {
        Transport::WebSockets => "webSockets",
        Transport::ServerSentEvents => "serverSentEvents",
        Transport::LongPolling => "longPolling",
    }
}
