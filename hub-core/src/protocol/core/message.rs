//! What a client sends (section 3.3).

use std::borrow::Cow;

use super::{BindingError, RawList, RawValue, StreamIds};

/// One message of a client. Texts borrow from the frame wherever they need no unescaping; the application's values are still as
/// they came. Headers have been looked at and dropped.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Incoming<'a> {
    /// A call, plain (type 1) or streaming (type 4).
    Invocation(Invocation<'a>),
    /// An item of an upload stream (type 2).
    StreamItem {
        /// The upload stream; not empty.
        id: Cow<'a, str>,
        /// The item.
        item: RawValue<'a>,
    },
    /// The end of an upload stream, or the answer to a client result (type 3).
    Completion {
        /// The upload stream, or the server's invocation; not empty.
        id: Cow<'a, str>,
        /// How it ended.
        outcome: Outcome<'a>,
    },
    /// The client wants no more of a stream, or of a call (type 5).
    CancelInvocation {
        /// The client's invocation; not empty.
        id: Cow<'a, str>,
    },
    /// Type 6.
    Ping,
    /// The client ends the connection (type 7).
    Close {
        /// Its reason, if it has one.
        error: Option<Cow<'a, str>>,
        /// Means nothing in this direction.
        allow_reconnect: bool,
    },
    /// Everything up to this number has arrived (type 8). Any number may come: [`Ack`](Self::Ack) and [`Sequence`](Self::Sequence)
    /// are judged by whoever counts (section 4.2).
    Ack {
        /// The number.
        sequence_id: i64,
    },
    /// What follows counts from this number (type 9).
    Sequence {
        /// The number.
        sequence_id: i64,
    },
}

impl Incoming<'_> {
    /// Whether stateful reconnect counts this message: types 1 to 5 (section 4.2).
    pub fn is_counted(&self) -> bool {
        match self {
            Self::Invocation(_) | Self::StreamItem { .. } | Self::Completion { .. } | Self::CancelInvocation { .. } => {
                true
            }
            Self::Ping | Self::Close { .. } | Self::Ack { .. } | Self::Sequence { .. } => false,
        }
    }
}

/// One call of a hub method.
#[derive(Debug, Clone)]
pub struct Invocation<'a> {
    /// Whether its result is to be a stream.
    pub kind: InvocationKind,
    /// Where the completion goes; none: nobody waits for one. A streaming call always has one. Never empty.
    pub id: Option<Cow<'a, str>>,
    /// Method, as the client spelled it.
    pub target: Cow<'a, str>,
    /// Arguments by position; or why there are none, which fails this call alone (section 3.6).
    pub arguments: Result<RawList<'a>, BindingError>,
    /// The upload streams of the call, in the order of the method's stream parameters.
    pub stream_ids: StreamIds<'a>,
}

/// What a call expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvocationKind {
    /// One result, or nothing (type 1).
    Plain,
    /// A stream (type 4).
    Streaming,
}

/// How something ended, as the client tells it.
#[derive(Debug, Clone)]
pub enum Outcome<'a> {
    /// It failed, with this text.
    Error(Cow<'a, str>),
    /// It ended without a value.
    Void,
    /// It has a value, which may be null.
    Value(RawValue<'a>),
}
