//! A client of the classic wire by long polling, which needs no socket: each request goes straight into the application.

use std::collections::VecDeque;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

/// What a client was called with: the method, and its arguments.
pub(crate) type Heard = (String, Value);

/// One connection to the hub `chatHub`.
pub(crate) struct Client {
    wire: Wire,
    pub(crate) id: String,
    cursor: String,
    groups_token: Option<String>,
    heard: VecDeque<Heard>,
    /// A poll that nobody has waited for yet.
    polling: Option<JoinHandle<Value>>,
}

/// What each request of a connection is made with.
#[derive(Clone)]
struct Wire {
    app: Router,
    bearer: String,
    /// What the client adds to each URL.
    query: String,
    connection_token: String,
}

impl Client {
    /// Signs in and connects.
    pub(crate) async fn open(app: &Router, name: &str) -> Self {
        Self::open_with(app, name, "").await
    }

    /// The same as our page does it, which hears the names of rooms.
    pub(crate) async fn open_as_page(app: &Router, name: &str) -> Self {
        Self::open_with(app, name, "&rooms=named").await
    }

    async fn open_with(app: &Router, name: &str, query: &str) -> Self {
        let bearer = sign_in(app, name).await;
        let mut wire = Wire { app: app.clone(), bearer, query: query.to_owned(), connection_token: String::new() };
        let negotiated = wire.request("negotiate", &[]).await;
        negotiated["ConnectionToken"].as_str().unwrap().clone_into(&mut wire.connection_token);

        let mut client = Self {
            id: negotiated["ConnectionId"].as_str().unwrap().to_owned(),
            cursor: String::new(),
            groups_token: None,
            heard: VecDeque::new(),
            polling: None,
            wire,
        };
        client.take(&client.wire.request("connect", &[]).await);
        assert_eq!(client.wire.request("start", &[]).await["Response"], "started");
        client
    }

    /// Reconnects at another server, with the tokens and the cursor it has. The request goes on beside the test: it is
    /// answered when there is something to hear.
    pub(crate) fn reconnect_at(&mut self, app: &Router) {
        self.wire.app = app.clone();
        self.polling = Some(self.poll("reconnect"));
    }

    /// Calls a hub method; the answer is the result, or the text of the error.
    pub(crate) async fn call(&self, method: &str, arguments: Value) -> Result<Value, String> {
        let call = json!({ "H": "chathub", "M": method, "A": arguments, "I": 7 });
        let answer = self.wire.request("send", &[("data", &call.to_string())]).await;
        assert_eq!(answer["I"], "7", "{answer}");
        match answer.get("E") {
            Some(error) => Err(error.as_str().unwrap().to_owned()),
            None => Ok(answer.get("R").cloned().unwrap_or(Value::Null)),
        }
    }

    /// The next thing this client is called with.
    pub(crate) async fn hears(&mut self) -> Heard {
        loop {
            if let Some(heard) = self.heard.pop_front() {
                return heard;
            }
            let polling = self.polling.take().unwrap_or_else(|| self.poll("poll"));
            self.take(&polling.await.unwrap());
        }
    }

    fn poll(&self, action: &'static str) -> JoinHandle<Value> {
        let wire = self.wire.clone();
        let cursor = self.cursor.clone();
        let groups_token = self.groups_token.clone();
        tokio::spawn(async move {
            let mut form = vec![("messageId", cursor.as_str())];
            form.extend(groups_token.as_deref().map(|token| ("groupsToken", token)));
            wire.request(action, &form).await
        })
    }

    fn take(&mut self, message: &Value) {
        if let Some(cursor) = message["C"].as_str() {
            cursor.clone_into(&mut self.cursor);
        }
        if let Some(token) = message["G"].as_str() {
            self.groups_token = Some(token.to_owned());
        }
        for call in message["M"].as_array().into_iter().flatten() {
            self.heard.push_back((call["M"].as_str().unwrap().to_owned(), call["A"].clone()));
        }
    }
}

impl Wire {
    async fn request(&self, action: &str, form: &[(&str, &str)]) -> Value {
        let mut query = vec![
            ("transport", "longPolling"),
            ("clientProtocol", "2.1"),
            ("connectionData", r#"[{"name":"chathub"}]"#),
        ];
        if !self.connection_token.is_empty() {
            query.push(("connectionToken", &self.connection_token));
        }
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let url = format!("/signalr/{action}?{query}{}", self.query);
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(url)
            .header(AUTHORIZATION, format!("Bearer {}", self.bearer))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
            .body(Body::from(form))
            .unwrap();
        let (status, text) = answer(&self.app, request).await;
        assert_eq!(status, StatusCode::OK, "{action}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{action}: {text:?}: {error}"))
    }
}

/// Signs in as somebody; returns the token.
pub(crate) async fn sign_in(app: &Router, name: &str) -> String {
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("name", name).finish();
    let request = Request::post("/sign-in")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    let (status, text) = answer(app, request).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["name"], name);
    answer["token"].as_str().unwrap().to_owned()
}

/// Answers one request.
pub(crate) async fn answer(app: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1024 * 1024).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}
