//! What goes wrong for a test client.

use std::{fmt, time::Duration};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{NameError, classic::Refusal};

/// A request that the server refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{action} was refused with {status}{}", Text(.text))]
#[non_exhaustive]
pub struct Refused {
    /// What was asked for: `negotiate`, `connect`, `start`, `reconnect`, `send`…
    pub action: String,
    /// The HTTP status.
    pub status: u16,
    /// The text of the answer; may be empty.
    pub text: String,
}

impl Refused {
    pub(super) fn new(action: &str, refusal: Refusal) -> Self {
        Self { action: action.to_owned(), status: refusal.status, text: refusal.text.into_owned() }
    }
}

/// A text after a colon, if there is one.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}

/// Why a client did not connect, or did not come back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The server refused one of the requests.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The stream was opened, and the response that says it is live did not come.
    #[error("the stream said nothing for {waited:?}, or ended: no init response came")]
    NoInit {
        /// How long was waited.
        waited: Duration,
    },
    /// The user's name cannot be one.
    #[error("not the name of a user")]
    User(#[from] NameError),
}

impl ConnectError {
    /// The HTTP status of the refusal, if it was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refused) => Some(refused.status),
            Self::NoInit { .. } | Self::User(_) => None,
        }
    }
}

/// Why an invocation has no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvokeError {
    /// The hub answered with an error.
    #[error("the call failed: {text}")]
    Failed {
        /// What the client is told.
        text: String,
        /// Whether the text was written for the client (`HubError::client`).
        for_client: bool,
        /// The data beside the text.
        data: Option<Value>,
    },
    /// The request that carried the call was refused. Not over WebSockets: there a call is no request.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The transport was lost, or the client is not connected: whether the call ran is not known.
    #[error("the transport was lost before the call was answered")]
    TransportLost,
    /// No answer came.
    #[error("no answer came in {waited:?}")]
    NoAnswer {
        /// How long was waited.
        waited: Duration,
    },
}

impl InvokeError {
    /// What the client was told; nothing if the hub did not answer.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Failed { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether the hub wrote the text for the client.
    pub fn is_for_client(&self) -> bool {
        matches!(self, Self::Failed { for_client: true, .. })
    }

    /// The data that the hub gave with the error, if it is there and a `T`.
    pub fn data<T: DeserializeOwned>(&self) -> Option<T> {
        match self {
            Self::Failed { data: Some(data), .. } => T::deserialize(data).ok(),
            _ => None,
        }
    }
}
