//! A client of the classic wire by long polling, which needs no socket: each request goes straight into the application.

use std::collections::VecDeque;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// What a client was called with: the method, and its arguments.
pub type Heard = (String, Value);

/// One connection to the hub `chatHub`.
pub struct Client {
    app: Router,
    bearer: String,
    /// What the client adds to each URL.
    query: String,
    connection_token: String,
    pub id: String,
    cursor: String,
    groups_token: Option<String>,
    heard: VecDeque<Heard>,
}

impl Client {
    /// Signs in and connects.
    pub async fn open(app: &Router, name: &str) -> Self {
        Self::open_with(app, name, "").await
    }

    /// The same as our page does it, which hears the names of rooms.
    pub async fn open_as_page(app: &Router, name: &str) -> Self {
        Self::open_with(app, name, "&rooms=named").await
    }

    async fn open_with(app: &Router, name: &str, query: &str) -> Self {
        let bearer = sign_in(app, name).await;
        let mut client = Self {
            app: app.clone(),
            bearer,
            query: query.to_owned(),
            connection_token: String::new(),
            id: String::new(),
            cursor: String::new(),
            groups_token: None,
            heard: VecDeque::new(),
        };
        let negotiated = client.request("negotiate", &[]).await;
        client.connection_token = negotiated["ConnectionToken"].as_str().unwrap().to_owned();
        client.id = negotiated["ConnectionId"].as_str().unwrap().to_owned();
        let connected = client.request("connect", &[]).await;
        client.take(&connected);
        let started = client.request("start", &[]).await;
        assert_eq!(started["Response"], "started");
        client
    }

    /// The same client at another server, where it goes on with what it has: tokens and cursor.
    pub fn move_to(&mut self, app: &Router) {
        self.app = app.clone();
    }

    /// Calls a hub method; the answer is the result, or the text of the error.
    pub async fn call(&self, method: &str, arguments: Value) -> Result<Value, String> {
        let call = json!({ "H": "chathub", "M": method, "A": arguments, "I": 7 });
        let answer = self.request("send", &[("data", &call.to_string())]).await;
        assert_eq!(answer["I"], "7", "{answer}");
        match answer.get("E") {
            Some(error) => Err(error.as_str().unwrap().to_owned()),
            None => Ok(answer.get("R").cloned().unwrap_or(Value::Null)),
        }
    }

    /// The next thing this client is called with.
    pub async fn hears(&mut self) -> Heard {
        loop {
            if let Some(heard) = self.heard.pop_front() {
                return heard;
            }
            self.poll().await;
        }
    }

    /// Polls once: until there is something for the client.
    pub async fn poll(&mut self) {
        let groups_token = self.groups_token.clone();
        let mut form = vec![("messageId", self.cursor.as_str())];
        form.extend(groups_token.as_deref().map(|token| ("groupsToken", token)));
        let answer = self.request("poll", &form).await;
        self.take(&answer);
    }

    /// Reconnects, as a client does whose poll failed.
    pub async fn reconnect(&mut self) {
        let groups_token = self.groups_token.clone();
        let mut form = vec![("messageId", self.cursor.as_str())];
        form.extend(groups_token.as_deref().map(|token| ("groupsToken", token)));
        let answer = self.request("reconnect", &form).await;
        self.take(&answer);
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

    async fn request(&self, action: &str, form: &[(&str, &str)]) -> Value {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("transport", "longPolling").append_pair("clientProtocol", "2.1");
        query.append_pair("connectionData", r#"[{"name":"chathub"}]"#);
        if !self.connection_token.is_empty() {
            query.append_pair("connectionToken", &self.connection_token);
        }
        let url = format!("/signalr/{action}?{}{}", query.finish(), self.query);
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
pub async fn sign_in(app: &Router, name: &str) -> String {
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
pub async fn answer(app: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1024 * 1024).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}
