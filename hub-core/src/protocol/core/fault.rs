//! What ends a connection (section 3.9), and what fails one call only (section 3.6).

use std::borrow::Cow;

/// Why a frame is no message. The texts are those of sections 3.2, 3.4 and 3.5.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A JSON value other than an object.
    #[error("Unexpected JSON Token Type '{0}'. Expected a JSON Object.")]
    NotAnObject(&'static str),
    /// A required member is absent.
    #[error("Missing required property '{0}'.")]
    Missing(&'static str),
    /// A member has the wrong type.
    #[error("Expected '{member}' to be of type {expected}.")]
    WrongType {
        /// The member.
        member: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A member is neither `true` nor `false`.
    #[error("Expected '{0}' to be true or false.")]
    NotBoolean(&'static str),
    /// A number is no integer of this width.
    #[error("Either the JSON value is not in a supported format, or is out of bounds for an {0}.")]
    OutOfBounds(&'static str),
    /// An element of `streamIds` is no text.
    #[error("Cannot get the value of a token type '{0}' as a string.")]
    StreamIdNotText(&'static str),
    /// A header's value is no text.
    #[error("Expected header '{0}' to be of type String.")]
    HeaderNotText(String),
    /// A completion has both.
    #[error("The 'error' and 'result' properties are mutually exclusive.")]
    ErrorAndResult,
    /// Not JSON, or too deep.
    #[error("Error reading JSON.")]
    Json,
    /// A length prefix beyond 2³¹−1, or of more than five bytes.
    #[error("Messages over 2GB in size are not supported.")]
    LengthPrefix,
    /// An element of a MessagePack message is absent or of the wrong type.
    #[error("Reading {what} as {expected} failed.")]
    Element {
        /// The element, in quotes.
        what: Cow<'static, str>,
        /// What it should be.
        expected: &'static str,
    },
    /// An element of a MessagePack message that should be a map or an array is none, or absent.
    #[error("Reading {0} failed.")]
    Collection(&'static str),
    /// Something is null or empty that must not be.
    #[error("Null or empty {0}")]
    NullOrEmpty(&'static str),
    /// A completion says neither error, nor nothing, nor value.
    #[error("Invalid invocation result kind.")]
    ResultKind,
    /// Not MessagePack, cut short, or too deep.
    #[error("{0}")]
    MessagePack(&'static str),
}

impl ProtocolError {
    /// The name in front of the text in detailed errors (section 3.8).
    pub fn exception(&self) -> &'static str {
        match self {
            Self::OutOfBounds(_) | Self::LengthPrefix => "FormatException",
            Self::StreamIdNotText(_) => "InvalidOperationException",
            Self::MessagePack(_) => "MessagePackSerializationException",
            _ => "InvalidDataException",
        }
    }
}

/// What ends a connection: it is sent a Close with [`close_text`](Self::close_text), which allows reconnecting (section 3.9).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A frame is no message.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// A message, with its separator or length prefix, is larger than allowed.
    #[error(
        "The maximum message size of {limit_bytes}B was exceeded. The message size can be configured in AddHubOptions."
    )]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// The input ended inside a message.
    #[error("Connection terminated while reading a message.")]
    Truncated,
    /// The client was silent for too long (section 5.3).
    #[error("Client hasn't sent a message/ping within the configured ClientTimeoutInterval.")]
    Silent,
    /// The client answered a question that was put to another connection.
    #[error("Connection ID '{connection}' is not valid for invocation ID '{invocation}'.")]
    ForeignCompletion {
        /// The connection that answered.
        connection: String,
        /// The question.
        invocation: String,
    },
    /// The client's Sequence counts messages that never came (section 4.2).
    #[error("Sequence ID greater than amount of messages we've received.")]
    SequenceTooHigh,
    /// The client's Sequence is no number of a message (section 4.2; the original does not check).
    #[error("Sequence ID less than one.")]
    SequenceTooLow,
}

impl Fault {
    /// The name in front of the text in detailed errors (section 3.8).
    pub fn exception(&self) -> &'static str {
        match self {
            Self::Protocol(error) => error.exception(),
            Self::TooLarge { .. } | Self::Truncated | Self::SequenceTooLow => "InvalidDataException",
            Self::Silent => "OperationCanceledException",
            Self::ForeignCompletion { .. } | Self::SequenceTooHigh => "InvalidOperationException",
        }
    }

    /// The error of the Close that ends the connection.
    pub fn close_text(&self, detailed: bool) -> String {
        const TEXT: &str = "Connection closed with an error.";
        if detailed { format!("{TEXT} {}: {self}", self.exception()) } else { TEXT.to_owned() }
    }
}

/// Why the values of a well-formed message do not fit what they are for. It fails the one call, stream or question they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindingError {
    /// The method takes another number of arguments.
    #[error("Invocation provides {provided} argument(s) but target expects {expected}.")]
    Count {
        /// How many came.
        provided: usize,
        /// How many the method declares.
        expected: usize,
    },
    /// An argument is not what the method takes.
    #[error(
        "Error binding arguments. Make sure that the types of the provided values match the types of the hub method being invoked."
    )]
    Arguments,
    /// MessagePack: the arguments are no array, or absent.
    #[error("Reading array length for 'arguments' failed.")]
    NoArguments,
}
