//! Requests as they come, for what no client would send.

use std::{fmt, sync::Arc};

use super::{memory::PATH, server::Kit};
use crate::{
    Request, User,
    classic::{ClassicAnswer, ClassicRequest, ClassicStream},
};

/// A request to the mount of a [`TestServer`](super::TestServer). Made by [`TestServer::request`](super::TestServer::request).
#[must_use = "a request is made by `send`"]
pub struct TestRequest {
    kit: Arc<Kit>,
    path: String,
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    user: Option<User>,
    is_upgrade: bool,
}

impl TestRequest {
    pub(super) fn new(kit: Arc<Kit>, path: &str) -> Self {
        let (query, form, headers) = Default::default();
        Self { kit, path: format!("{PATH}/{path}"), query, form, headers, user: None, is_upgrade: false }
    }

    /// Adds to the query.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a field of the form in the body.
    pub fn form(mut self, name: &str, value: &str) -> Self {
        self.form.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Signs the request in.
    pub fn user(mut self, user: User) -> Self {
        self.user = Some(user);
        self
    }

    /// Makes it ask for a WebSocket.
    pub fn upgrade(mut self) -> Self {
        self.is_upgrade = true;
        self
    }

    /// Sends it.
    pub async fn send(self) -> TestResponse {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish();
        let headers = self.headers.iter().map(|(name, value)| (&**name, &**value));
        let request = Request::new(&self.path, &query, headers, self.user);
        let request = ClassicRequest { request, form: self.form, is_upgrade: self.is_upgrade };
        TestResponse::of(self.kit.mount().handle(request).await)
    }
}

impl fmt::Debug for TestRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestRequest").field("path", &self.path).finish_non_exhaustive()
    }
}

/// What was answered.
#[derive(Debug)]
#[non_exhaustive]
pub struct TestResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body; empty where a stream begins.
    pub text: String,
    /// The stream, if the answer is one.
    pub stream: Option<Box<ClassicStream>>,
}

impl TestResponse {
    fn of(answer: ClassicAnswer) -> Self {
        let (status, text, stream) = match answer {
            ClassicAnswer::Json(body) => (200, String::from_utf8_lossy(&body).into_owned(), None),
            ClassicAnswer::Script(body) => (200, body, None),
            ClassicAnswer::Empty(_) => (200, String::new(), None),
            ClassicAnswer::Stream(stream) => (200, String::new(), Some(stream)),
            ClassicAnswer::Refused(refusal) => (refusal.status, refusal.text.into_owned(), None),
        };
        Self { status, text, stream }
    }

    /// The body as JSON; `null` if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}
