//! A classic client over raw sockets.

use std::{collections::VecDeque, net::SocketAddr};

use serde_json::{Value, json};

use crate::{
    encoded, http,
    websocket::{Frame, WebSocket},
    within,
};

/// What a test's client is known by.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Where the server listens.
    pub server: SocketAddr,
    /// The connection token, as it came.
    pub token: String,
    /// The connection id.
    pub id: String,
    /// What is added to every query: the user, the trouble.
    pub extra: String,
}

/// The hubs that these clients list, as it stands in a query.
pub const HUBS: &str = "%5B%7B%22name%22%3A%22lab%22%7D%5D";

impl Identity {
    /// Negotiates. `extra` is added to each query, with a leading `&`.
    pub async fn negotiate(server: SocketAddr, extra: &str) -> Self {
        let path = format!("/signalr/negotiate?clientProtocol=2.1&connectionData={HUBS}{extra}");
        let reply = http::get(server, &path, &[]).await;
        assert_eq!(reply.status, 200, "negotiate: {}", reply.text());
        let answer = reply.json();
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        Self { server, token: text("ConnectionToken"), id: text("ConnectionId"), extra: extra.to_owned() }
    }

    /// The path of a request.
    pub fn path(&self, action: &str, transport: &str) -> String {
        format!(
            "/signalr/{action}?clientProtocol=2.1&transport={transport}&connectionToken={}&connectionData={HUBS}{}",
            encoded(&self.token),
            self.extra
        )
    }

    /// `/start`.
    pub async fn start(&self, transport: &str) -> http::Reply {
        http::get(self.server, &self.path("start", transport), &[]).await
    }

    /// `/abort`.
    pub async fn abort(&self, transport: &str) -> http::Reply {
        http::post(self.server, &self.path("abort", transport), &[], "").await
    }

    /// `/send` with a message.
    pub async fn send(&self, transport: &str, message: &str) -> http::Reply {
        http::post(self.server, &self.path("send", transport), &[], &format!("data={}", encoded(message))).await
    }
}

/// A client on a WebSocket.
#[derive(Debug)]
pub struct Client {
    /// Who it is.
    pub identity: Identity,
    /// Its socket.
    pub socket: WebSocket,
    /// The newest groups token.
    pub groups_token: Option<String>,
    /// The newest cursor.
    pub cursor: String,
    next: u64,
    replies: VecDeque<Value>,
    calls: VecDeque<(String, Value)>,
}

impl Client {
    /// Negotiates, connects and starts.
    pub async fn connect(server: SocketAddr) -> Self {
        Self::connect_with(server, "").await
    }

    /// The same with something added to each query.
    pub async fn connect_with(server: SocketAddr, extra: &str) -> Self {
        let mut client = Self::open(Identity::negotiate(server, extra).await).await;
        client.until_initialized().await;
        let started = client.identity.start("webSockets").await;
        assert_eq!(started.status, 200, "start: {}", started.text());
        client
    }

    /// The WebSocket of `/connect` alone.
    pub async fn open(identity: Identity) -> Self {
        let path = identity.path("connect", "webSockets");
        let socket = WebSocket::connect(identity.server, &path, &[]).await.unwrap();
        Self::on(identity, socket)
    }

    /// Comes back with what it has.
    pub async fn reconnect(self, extra: &str) -> Self {
        let mut path = self.identity.path("reconnect", "webSockets");
        path.push_str(&format!("&messageId={}", encoded(&self.cursor)));
        if let Some(token) = &self.groups_token {
            path.push_str(&format!("&groupsToken={}", encoded(token)));
        }
        path.push_str(extra);
        let socket = WebSocket::connect(self.identity.server, &path, &[]).await.unwrap();
        Self { groups_token: self.groups_token, cursor: self.cursor, ..Self::on(self.identity, socket) }
    }

    fn on(identity: Identity, socket: WebSocket) -> Self {
        Self {
            identity,
            socket,
            groups_token: None,
            cursor: String::new(),
            next: 0,
            replies: VecDeque::new(),
            calls: VecDeque::new(),
        }
    }

    async fn until_initialized(&mut self) {
        loop {
            if self.read().await.expect("the stream begins")["S"] == 1 {
                return;
            }
        }
    }

    /// Reads one frame and sorts what it holds. `None` at the end of the stream.
    pub async fn read(&mut self) -> Option<Value> {
        let Frame::Text(text) = self.socket.receive().await else { return None };
        let frame: Value = serde_json::from_str(&text).unwrap();
        if let Some(cursor) = frame["C"].as_str() {
            self.cursor = cursor.to_owned();
        }
        if let Some(token) = frame["G"].as_str() {
            self.groups_token = Some(token.to_owned());
        }
        for call in frame["M"].as_array().into_iter().flatten() {
            self.calls.push_back((call["M"].as_str().unwrap_or_default().to_owned(), call["A"].clone()));
        }
        if frame.get("I").is_some() {
            self.replies.push_back(frame.clone());
        }
        Some(frame)
    }

    /// Sends a call and does not wait. Gives its invocation id.
    pub async fn begin(&mut self, method: &str, arguments: Value) -> String {
        let id = self.next;
        self.next += 1;
        self.socket.send(&invocation(method, arguments, id)).await;
        id.to_string()
    }

    /// The response with this id.
    pub async fn reply(&mut self, id: &str) -> Value {
        loop {
            if let Some(at) = self.replies.iter().position(|reply| reply["I"] == id) {
                return self.replies.remove(at).unwrap();
            }
            self.read().await.expect("the stream goes on");
        }
    }

    /// The next response, whichever it is.
    pub async fn any_reply(&mut self) -> Value {
        loop {
            if let Some(reply) = self.replies.pop_front() {
                return reply;
            }
            self.read().await.expect("the stream goes on");
        }
    }

    /// Calls and waits for the response.
    pub async fn call(&mut self, method: &str, arguments: Value) -> Value {
        let id = self.begin(method, arguments).await;
        self.reply(&id).await
    }

    /// The next call of the server: its method and arguments.
    pub async fn called(&mut self) -> (String, Value) {
        loop {
            if let Some(call) = self.calls.pop_front() {
                return call;
            }
            self.read().await.expect("the stream goes on");
        }
    }

    /// The calls of the server that have come, after one more round trip.
    pub async fn calls_so_far(&mut self) -> Vec<(String, Value)> {
        self.assert_alive().await;
        self.calls.drain(..).collect()
    }

    /// The server still answers this client.
    pub async fn assert_alive(&mut self) {
        let reply = within("an echo", self.call("echo", json!(["alive"]))).await;
        assert_eq!(reply["R"], "alive", "{reply}");
    }
}

/// The text of a call.
pub fn invocation(method: &str, arguments: Value, id: u64) -> String {
    json!({ "H": "lab", "M": method, "A": arguments, "I": id }).to_string()
}
