//! What goes to a mount and what comes back, apart from HTTP.

use std::borrow::Cow;

use bytes::Bytes;

use super::ClassicStream;
use crate::{connection::NotAttached, hub::Request};

/// A request to a mount.
#[derive(Debug)]
pub struct ClassicRequest {
    /// Path, query, headers and user.
    pub request: Request,
    /// The fields of the form in the body, decoded; empty where there is none.
    pub form: Vec<(String, String)>,
    /// Whether the request asks for a WebSocket in good form.
    pub is_upgrade: bool,
}

impl ClassicRequest {
    pub(super) fn form(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Why a request was refused: a status and a line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The body, plain text without a content type; may be empty.
    pub text: Cow<'static, str>,
    /// The reason phrase, where the wire gives one.
    pub reason: Option<&'static str>,
}

impl Refusal {
    pub(super) const fn new(status: u16, text: &'static str) -> Self {
        Self { status, text: Cow::Borrowed(text), reason: None }
    }
}

impl From<NotAttached> for Refusal {
    fn from(not_attached: NotAttached) -> Self {
        match not_attached {
            NotAttached::Changed => Self::new(503, "The connection is changing hands."),
            NotAttached::Full => Self::new(503, "The server has as many connections as it may."),
            NotAttached::Ended => Self::new(404, "The connection has ended."),
        }
    }
}

/// What a mount answers.
#[derive(Debug)]
pub enum ClassicAnswer {
    /// Status 200 and JSON.
    Json(Bytes),
    /// Status 200 and JavaScript.
    Script(String),
    /// Status 200, empty, with this content type.
    Empty(Option<&'static str>),
    /// A stream to be written by its transport.
    Stream(Box<ClassicStream>),
    /// Anything else.
    Refused(Refusal),
}
