//! A core client over raw sockets, in either encoding. Messages are told in the words of the JSON encoding, whatever they travel in.

use std::{collections::VecDeque, net::SocketAddr};

use bytes::Bytes;
use hub_core::protocol::{
    Encoding,
    core::{EncodedArguments, FrameReader, Incoming, InvocationKind, Outcome, Outgoing, RawValue},
};
use serde_json::{Value, json};

use crate::{
    http::{self, Reply},
    websocket::{self, BINARY, Frame, TEXT, WebSocket},
};

/// What ends a message in JSON.
pub const RS: &str = "\u{1e}";

/// Somebody who may ask for connections: a mount, and what goes with every request.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Where the server listens.
    pub server: SocketAddr,
    /// The path of the hub.
    pub mount: &'static str,
    /// What is added to each query, with a leading `&`.
    pub query: String,
    /// Headers of each request.
    pub headers: Vec<(&'static str, String)>,
}

/// A connection that was negotiated.
#[derive(Debug, Clone)]
pub struct Reservation {
    /// Who negotiated it.
    pub peer: Peer,
    /// What the server answered.
    pub answer: Value,
    /// The public id.
    pub id: String,
    /// What stands in URLs.
    pub token: String,
}

impl Peer {
    /// Somebody without credentials.
    pub fn new(server: SocketAddr, mount: &'static str) -> Self {
        Self { server, mount, query: String::new(), headers: Vec::new() }
    }

    /// The same with a bearer token.
    #[must_use]
    pub fn bearer(&self, token: &str) -> Self {
        let mut headers = self.headers.clone();
        headers.retain(|(name, _)| *name != "Authorization");
        headers.push(("Authorization", format!("Bearer {token}")));
        Self { headers, ..self.clone() }
    }

    /// The same with a query of its own.
    #[must_use]
    pub fn with_query(&self, query: &str) -> Self {
        Self { query: query.to_owned(), ..self.clone() }
    }

    /// A request to the hub's path, or one below it.
    pub async fn ask(&self, method: &str, action: &str, query: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let own = self.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let headers: Vec<(&str, &str)> = own.chain(headers.iter().copied()).collect();
        let path = format!("{}{action}?{query}{}", self.mount, self.query);
        http::request(self.server, method, &path, &headers, body).await
    }

    /// Asks for a connection, in version 1.
    pub async fn negotiate(&self) -> Reservation {
        self.negotiate_with("negotiateVersion=1").await
    }

    /// The same with a query of one's own.
    pub async fn negotiate_with(&self, query: &str) -> Reservation {
        let reply = self.ask("POST", "/negotiate", query, &[], b"").await;
        assert_eq!(reply.status, 200, "negotiate: {}", reply.text());
        let answer = reply.json();
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        let id = text("connectionId").unwrap();
        let token = text("connectionToken").unwrap_or_else(|| id.clone());
        Reservation { peer: self.clone(), answer, id, token }
    }
}

impl Reservation {
    /// None: the WebSocket is to begin a connection of its own.
    pub fn skipped(peer: &Peer) -> Self {
        Self { peer: peer.clone(), answer: Value::Null, id: String::new(), token: String::new() }
    }

    /// The same connection as somebody else asks for it.
    #[must_use]
    pub fn by(&self, peer: &Peer) -> Self {
        Self { peer: peer.clone(), ..self.clone() }
    }

    fn query(&self) -> String {
        format!("id={}", self.token)
    }

    /// Opens the WebSocket; anything but an upgrade is given back.
    ///
    /// # Errors
    ///
    /// What the server answered instead.
    pub async fn web_socket(&self) -> Result<WebSocket, Reply> {
        let headers: Vec<(&str, &str)> =
            self.peer.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let path = format!("{}?{}{}", self.peer.mount, self.query(), self.peer.query);
        WebSocket::connect(self.peer.server, &path, &headers).await
    }

    /// One poll.
    pub async fn poll(&self) -> Reply {
        self.peer.ask("GET", "", &self.query(), &[], b"").await
    }

    /// Sends bytes of the connection by POST.
    pub async fn post(&self, body: &[u8]) -> Reply {
        self.peer.ask("POST", "", &self.query(), &[], body).await
    }

    /// Ends a long-polling connection.
    pub async fn delete(&self) -> Reply {
        self.peer.ask("DELETE", "", &self.query(), &[], b"").await
    }

    /// Opens the event stream: the socket behind the head of the answer.
    pub async fn events(&self) -> (Reply, tokio::net::TcpStream) {
        let mut headers: Vec<(&str, &str)> =
            self.peer.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        headers.push(("Accept", "text/event-stream"));
        let path = format!("{}?{}{}", self.peer.mount, self.query(), self.peer.query);
        let mut socket = http::open(self.peer.server).await;
        let head = http::head("GET", &path, &headers);
        tokio::io::AsyncWriteExt::write_all(&mut socket, head.as_bytes()).await.unwrap();
        let (reply, _) = http::read_head(&mut socket).await;
        (reply, socket)
    }

    /// Brings other credentials for the connection: those of `peer`.
    pub async fn refresh(&self, peer: &Peer) -> Reply {
        peer.ask("POST", "/refresh", "", &[("X-SignalR-Connection-Token", &self.token)], b"").await
    }
}

/// A client on a WebSocket, hands shaken.
#[derive(Debug)]
pub struct Core {
    /// Its connection.
    pub reservation: Reservation,
    /// Its socket.
    pub socket: WebSocket,
    /// What it speaks.
    pub encoding: Encoding,
    reader: FrameReader,
    came: VecDeque<Value>,
    end: Option<Frame>,
    calls: u64,
}

impl Core {
    /// Negotiates, opens a WebSocket and shakes hands.
    pub async fn connect(peer: &Peer, encoding: Encoding) -> Self {
        Self::open(peer.negotiate().await, encoding, 1).await
    }

    /// One that may come back with its connection.
    pub async fn connect_stateful(peer: &Peer, encoding: Encoding) -> Self {
        let reservation = peer.negotiate_with("negotiateVersion=1&useStatefulReconnect=true").await;
        assert_eq!(reservation.answer["useStatefulReconnect"], true, "{}", reservation.answer);
        Self::open(reservation, encoding, 2).await
    }

    /// Opens a WebSocket and shakes hands.
    pub async fn open(reservation: Reservation, encoding: Encoding, version: u32) -> Self {
        let socket = reservation.web_socket().await.unwrap();
        let mut client = Self::on(reservation, socket, encoding);
        client.shake_hands(version).await;
        client
    }

    /// On a socket whose handshake is still to come, or lies behind.
    pub fn on(reservation: Reservation, socket: WebSocket, encoding: Encoding) -> Self {
        let mut reader = FrameReader::new(None);
        reader.set_encoding(encoding);
        Self { reservation, socket, encoding, reader, came: VecDeque::new(), end: None, calls: 0 }
    }

    /// Asks for the encoding, and is given it.
    pub async fn shake_hands(&mut self, version: u32) {
        let request = json!({ "protocol": self.encoding.protocol(), "version": version });
        self.socket.send(&format!("{request}{RS}")).await;
        self.reader.set_encoding(Encoding::Json);
        let answer = loop {
            if let Some(frame) = self.reader.next_frame().unwrap() {
                break frame;
            }
            self.fill().await;
            assert_eq!(self.end, None, "the handshake is answered");
        };
        assert_eq!(answer, "{}");
        self.reader.set_encoding(self.encoding);
        self.sort();
    }

    /// The client comes back on another socket, with the connection it had.
    pub async fn come_back(self) -> Self {
        let reservation = self.reservation.clone();
        self.come_back_as(reservation).await
    }

    /// The same with other credentials for the same connection.
    pub async fn come_back_as(self, reservation: Reservation) -> Self {
        let socket = reservation.web_socket().await.unwrap();
        Self { calls: self.calls, ..Self::on(reservation, socket, self.encoding) }
    }

    /// The same on a socket that has been opened.
    #[must_use]
    pub fn come_back_on(self, socket: WebSocket) -> Self {
        Self { calls: self.calls, ..Self::on(self.reservation, socket, self.encoding) }
    }

    /// Sends messages, all in one WebSocket message.
    pub async fn send_all(&mut self, messages: &[Value]) {
        let bytes: Vec<u8> = messages.iter().flat_map(|message| encode(self.encoding, message)).collect();
        self.send_bytes(&bytes).await;
    }

    /// Sends a message.
    pub async fn send(&mut self, message: Value) {
        self.send_all(&[message]).await;
    }

    /// Sends bytes in a WebSocket message of the right kind.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        let bytes = websocket::frame(self.opcode(), true, bytes);
        self.socket.write(&bytes).await;
    }

    /// The kind of WebSocket message that fits the encoding.
    pub fn opcode(&self) -> u8 {
        if self.encoding.is_binary() { BINARY } else { TEXT }
    }

    /// Calls, and does not wait.
    pub async fn call(&mut self, id: &str, target: &str, arguments: Value) {
        self.send(json!({ "type": 1, "invocationId": id, "target": target, "arguments": arguments })).await;
    }

    /// Calls, and gives the completion. What comes before it waits.
    pub async fn invoke(&mut self, target: &str, arguments: Value) -> Value {
        // What is told twice after a loss is not mistaken for an answer.
        self.calls += 1;
        let id = format!("call {}", self.calls);
        self.call(&id, target, arguments).await;
        self.completion(&id).await
    }

    /// The completion of a call.
    pub async fn completion(&mut self, id: &str) -> Value {
        self.message(&format!("the completion of {id}"), |message| {
            message["type"] == 3 && message["invocationId"] == id
        })
        .await
    }

    /// The first message that fits, taken from its place among those that have come.
    pub async fn message(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let mut seen = 0;
        loop {
            if let Some(at) = self.came.iter().skip(seen).position(&fits) {
                return self.came.remove(seen + at).unwrap();
            }
            seen = self.came.len();
            assert_eq!(self.end, None, "no {what} came: {:?}", self.came);
            self.fill().await;
            self.sort();
        }
    }

    /// The next message, pings and acknowledgements left out; none at the end.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            match self.next_of_all().await {
                Some(message) if message["type"] == 6 || message["type"] == 8 => {}
                message => return message,
            }
        }
    }

    /// The next message of any type; none at the end.
    pub async fn next_of_all(&mut self) -> Option<Value> {
        while self.came.is_empty() && self.end.is_none() {
            self.fill().await;
            self.sort();
        }
        self.came.pop_front()
    }

    /// All that has come, after one more round trip.
    pub async fn so_far(&mut self) -> Vec<Value> {
        self.assert_alive().await;
        self.came.drain(..).filter(|message| message["type"] != 6 && message["type"] != 8).collect()
    }

    /// What still comes, and how the socket ends.
    pub async fn end(&mut self) -> (Vec<Value>, Frame) {
        let mut last = Vec::new();
        while let Some(message) = self.next().await {
            last.push(message);
        }
        (last, self.end.clone().unwrap())
    }

    /// The server ends the connection for a fault: with these words, and in order.
    pub async fn assert_fault(&mut self, what: &str) {
        let (messages, end) = self.end().await;
        let close = json!({ "type": 7, "error": "Connection closed with an error.", "allowReconnect": true });
        assert_eq!(messages.last(), Some(&close), "{what}: {messages:?}");
        assert_eq!(end, Frame::Close(Some(1000)), "{what}");
    }

    /// The server still answers this client.
    pub async fn assert_alive(&mut self) {
        let echoed = self.invoke("echo", json!(["alive"])).await;
        assert_eq!(echoed["result"], "alive", "{echoed}");
    }

    async fn fill(&mut self) {
        match self.socket.receive().await {
            Frame::Text(text) => self.reader.push(Bytes::from(text)),
            Frame::Binary(bytes) => self.reader.push(Bytes::from(bytes)),
            end => {
                assert_eq!(self.reader.buffered_bytes(), 0, "a message is cut");
                self.end = Some(end);
            }
        }
    }

    /// Takes the messages out of what has come.
    fn sort(&mut self) {
        while let Some(frame) = self.reader.next_frame().unwrap() {
            let message = self.encoding.read(&frame).unwrap().expect("the server says what is specified");
            self.came.push_back(told(&message));
        }
    }
}

/// A message as bytes.
pub fn encode(encoding: Encoding, message: &Value) -> Bytes {
    if encoding == Encoding::Json {
        return format!("{message}{RS}").into();
    }
    let text = |name: &str| message[name].as_str();
    let id = text("invocationId").unwrap_or_default();
    let number = || message["sequenceId"].as_u64().unwrap();
    let target = text("target").unwrap_or_default();
    let mut arguments = EncodedArguments::new(encoding);
    for argument in message["arguments"].as_array().into_iter().flatten() {
        arguments.push(argument).unwrap();
    }
    let stream_ids: Vec<&str> =
        message["streamIds"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let value = |value: &Value| encoding.encode(value).unwrap();
    let (arguments, stream_ids) = (&arguments, &*stream_ids);
    match message["type"].as_u64().unwrap() {
        1 => Outgoing::Invocation { id: text("invocationId"), target, arguments, stream_ids }.encode(encoding),
        2 => Outgoing::StreamItem { id, item: &value(&message["item"]) }.encode(encoding),
        3 => match (text("error"), message.get("result")) {
            (Some(error), _) => Outgoing::Completion { id, outcome: Err(error) }.encode(encoding),
            (None, Some(result)) => Outgoing::Completion { id, outcome: Ok(Some(&value(result))) }.encode(encoding),
            (None, None) => Outgoing::Completion { id, outcome: Ok(None) }.encode(encoding),
        },
        4 => Outgoing::StreamInvocation { id, target, arguments, stream_ids }.encode(encoding),
        5 => Outgoing::CancelInvocation { id }.encode(encoding),
        6 => Outgoing::Ping.encode(encoding),
        7 => Outgoing::Close { error: text("error"), allow_reconnect: message["allowReconnect"] == true }
            .encode(encoding),
        8 => Outgoing::Ack { sequence_id: number() }.encode(encoding),
        9 => Outgoing::Sequence { sequence_id: number() }.encode(encoding),
        other => panic!("there is no message of type {other}"),
    }
}

/// A message in words.
fn told(message: &Incoming<'_>) -> Value {
    let value = |raw: RawValue<'_>| serde_json::to_value(raw.read::<hub_core::Value>().unwrap()).unwrap();
    match message {
        Incoming::Invocation(call) => {
            let kind = if call.kind == InvocationKind::Plain { 1 } else { 4 };
            let arguments: Vec<Value> = call.arguments.unwrap().iter().map(value).collect();
            let mut told = json!({ "type": kind, "target": call.target, "arguments": arguments });
            if let Some(id) = &call.id {
                told["invocationId"] = json!(id);
            }
            told
        }
        Incoming::StreamItem { id, item } => json!({ "type": 2, "invocationId": id, "item": value(*item) }),
        Incoming::Completion { id, outcome } => {
            let mut told = json!({ "type": 3, "invocationId": id });
            match outcome {
                Outcome::Error(error) => told["error"] = json!(error),
                Outcome::Void => {}
                Outcome::Value(result) => told["result"] = value(*result),
            }
            told
        }
        Incoming::CancelInvocation { id } => json!({ "type": 5, "invocationId": id }),
        Incoming::Ping => json!({ "type": 6 }),
        Incoming::Close { error, allow_reconnect } => {
            let mut told = json!({ "type": 7 });
            if let Some(error) = error {
                told["error"] = json!(error);
            }
            if *allow_reconnect {
                told["allowReconnect"] = json!(true);
            }
            told
        }
        Incoming::Ack { sequence_id } => json!({ "type": 8, "sequenceId": sequence_id }),
        Incoming::Sequence { sequence_id } => json!({ "type": 9, "sequenceId": sequence_id }),
        other => panic!("{other:?}"),
    }
}
