//! What comes back from a mount, apart from HTTP.

use std::borrow::Cow;

use super::CoreStream;

/// Why a request was refused (section 1.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreRefusal {
    /// The HTTP status.
    pub status: u16,
    /// The content type, if there is one.
    pub content_type: Option<&'static str>,
    /// The body; may be empty.
    pub text: Cow<'static, str>,
}

impl CoreRefusal {
    /// With a plain text, which may be empty.
    pub(super) const fn text(status: u16, text: &'static str) -> Self {
        Self { status, content_type: Some("text/plain"), text: Cow::Borrowed(text) }
    }

    /// As the layer that authenticates would: without a body.
    pub(super) const fn bare(status: u16) -> Self {
        Self { status, content_type: None, text: Cow::Borrowed("") }
    }

    /// With an error in JSON.
    pub(super) const fn json(status: u16, text: &'static str) -> Self {
        Self { status, content_type: Some("application/json"), text: Cow::Borrowed(text) }
    }
}

/// What a GET comes to.
#[derive(Debug)]
pub enum Opened {
    /// A stream to be carried.
    Stream(Box<CoreStream>),
    /// The first poll: answered at once, empty.
    FirstPoll,
    /// A poll of a connection that is closing: answered with 204.
    Ended,
}
