//! A client of the core wire by long polling and JSON, which needs no socket either.

use std::collections::VecDeque;

use axum::Router;
use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::client::{Heard, answer, sign_in};

/// What ends each message.
const END: char = '\u{1e}';

/// One connection to `/chat`.
pub(crate) struct CoreClient {
    wire: Wire,
    connection_token: String,
    rejoin_token: Value,
    calls: u32,
    arrived: VecDeque<Value>,
    heard: VecDeque<Heard>,
}

/// What every connection of a client is made with.
struct Wire {
    app: Router,
    bearer: String,
    query: &'static str,
}

impl CoreClient {
    /// Signs in and connects.
    pub(crate) async fn open(app: &Router, name: &str) -> Self {
        let bearer = sign_in(app, name).await;
        Self::connected(Wire { app: app.clone(), bearer, query: "" }, Value::Null).await.0
    }

    /// The same as our page does it: it hears the names of rooms, and has its groups given back.
    pub(crate) async fn open_as_page(app: &Router, name: &str) -> Self {
        let bearer = sign_in(app, name).await;
        let (page, rejoined) =
            Self::connected(Wire { app: app.clone(), bearer, query: "&rooms=named" }, Value::Null).await;
        assert_eq!(rejoined["restored"], false, "it has no token yet");
        page
    }

    /// What it is after its connection was lost: another one, with the token of that. Says what the server made of the token.
    pub(crate) async fn reconnect_at(self, app: &Router) -> (Self, Value) {
        Self::connected(Wire { app: app.clone(), ..self.wire }, self.rejoin_token).await
    }

    async fn connected(wire: Wire, token: Value) -> (Self, Value) {
        let as_page = !wire.query.is_empty();
        let mut client = Self {
            wire,
            connection_token: String::new(),
            rejoin_token: Value::Null,
            calls: 0,
            arrived: VecDeque::new(),
            heard: VecDeque::new(),
        };
        let negotiated = client.request("POST", "/negotiate?negotiateVersion=1", "").await;
        let negotiated: Value = serde_json::from_str(&negotiated).unwrap();
        negotiated["connectionToken"].as_str().unwrap().clone_into(&mut client.connection_token);
        assert_eq!(client.poll().await, "", "the first poll says that the transport is up");
        client.send(&json!({ "protocol": "json", "version": 1 })).await;
        assert_eq!(client.next().await, json!({}), "the handshake");
        if !as_page {
            return (client, Value::Null);
        }
        let rejoined = client.call("$rejoin", json!([token])).await.unwrap();
        client.rejoin_token = rejoined["token"].clone();
        (client, rejoined)
    }

    /// Calls a hub method; the answer is the result, or the text of the error.
    pub(crate) async fn call(&mut self, method: &str, arguments: Value) -> Result<Value, String> {
        let id = self.start(1, method, arguments).await;
        loop {
            let message = self.next().await;
            if message["type"] == 3 && message["invocationId"] == id {
                return match message["error"].as_str() {
                    Some(error) => Err(error.to_owned()),
                    None => Ok(message["result"].clone()),
                };
            }
            self.take(&message);
        }
    }

    /// Everything that a stream brings, up to its end.
    pub(crate) async fn stream(&mut self, method: &str, arguments: Value) -> Vec<Value> {
        let id = self.start(4, method, arguments).await;
        let mut items = Vec::new();
        loop {
            let message = self.next().await;
            assert_eq!(message["invocationId"], id, "{message}");
            if message["type"] == 3 {
                assert_eq!(message.get("error"), None);
                return items;
            }
            items.push(message["item"].clone());
        }
    }

    /// Calls a method that asks back; answers the question, and gives it and the result.
    pub(crate) async fn asked(&mut self, method: &str, arguments: Value, reply: Value) -> (Heard, Value) {
        let id = self.start(1, method, arguments).await;
        let question = self.next().await;
        let completion = json!({ "type": 3, "invocationId": question["invocationId"], "result": reply });
        self.send(&completion).await;
        let ended = self.next().await;
        assert_eq!((&ended["type"], ended["invocationId"].as_str()), (&json!(3), Some(&*id)), "{ended}");
        (heard(&question), ended["result"].clone())
    }

    /// The next thing this client is called with.
    pub(crate) async fn hears(&mut self) -> Heard {
        loop {
            if let Some(heard) = self.heard.pop_front() {
                return heard;
            }
            let message = self.next().await;
            self.take(&message);
        }
    }

    /// Waits until the token is one that was given out since `before`.
    pub(crate) async fn until_token_is_not(&mut self, before: &Value) {
        while self.rejoin_token == *before {
            let message = self.next().await;
            self.take(&message);
        }
    }

    pub(crate) fn token(&self) -> Value {
        self.rejoin_token.clone()
    }

    async fn start(&mut self, kind: u8, method: &str, arguments: Value) -> String {
        self.calls += 1;
        let id = self.calls.to_string();
        self.send(&json!({ "type": kind, "invocationId": id, "target": method, "arguments": arguments })).await;
        id
    }

    fn take(&mut self, message: &Value) {
        match message["target"].as_str() {
            Some("$token") => self.rejoin_token = message["arguments"][0].clone(),
            Some(_) => self.heard.push_back(heard(message)),
            None => assert_eq!(message["type"], 6, "{message}"),
        }
    }

    async fn next(&mut self) -> Value {
        loop {
            if let Some(message) = self.arrived.pop_front() {
                return message;
            }
            let text = self.poll().await;
            self.arrived.extend(text.split_terminator(END).map(|message| serde_json::from_str(message).unwrap()));
        }
    }

    async fn poll(&self) -> String {
        self.request("GET", &format!("?id={}", self.connection_token), "").await
    }

    async fn send(&self, message: &Value) {
        let body = format!("{message}{END}");
        self.request("POST", &format!("?id={}", self.connection_token), &body).await;
    }

    async fn request(&self, method: &str, rest: &str, body: &str) -> String {
        let request = Request::builder()
            .method(method)
            .uri(format!("/chat{rest}{}", self.wire.query))
            .header(AUTHORIZATION, format!("Bearer {}", self.wire.bearer))
            .body(Body::from(body.to_owned()))
            .unwrap();
        let (status, text) = answer(&self.wire.app, request).await;
        assert_eq!(status, StatusCode::OK, "{method} {rest}: {text}");
        text
    }
}

fn heard(message: &Value) -> Heard {
    (message["target"].as_str().unwrap().to_owned(), message["arguments"].clone())
}
