//! The first exchange (section 3.1). It is JSON, whatever follows.

use std::borrow::Cow;

use bytes::Bytes;

use super::{
    Encoding, MAX_VERSION, ProtocolError, RECORD_SEPARATOR,
    json::{kind, object_members, text},
};
use crate::protocol::quoted;

/// The answer to a handshake that is accepted.
pub const HANDSHAKE_ACCEPTED: &[u8] = b"{}\x1e";

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandshakeRequest<'a> {
    /// Name of a protocol.
    pub protocol: Cow<'a, str>,
    /// Its version.
    pub version: i32,
}

/// What was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handshake {
    /// How the messages are written.
    pub encoding: Encoding,
    /// The version; below 2 there is no stateful reconnect.
    pub version: i32,
}

/// Why there is no handshake. The connection ends normally after the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// There is no such protocol here.
    #[error("The protocol '{0}' is not supported.")]
    Protocol(String),
    /// The version is too high.
    #[error("The server does not support version {version} of the '{protocol}' protocol.")]
    Version {
        /// The protocol, as the client spelled it.
        protocol: String,
        /// The version it asked for.
        version: i32,
    },
    /// The transport carries text only.
    #[error(
        "Cannot use the '{0}' protocol on the current transport. The transport does not support 'Binary' transfer format."
    )]
    Binary(&'static str),
    /// There was no complete request in time, or within the limit of a message.
    #[error("Handshake was canceled.")]
    Canceled,
    /// The request is none.
    #[error("An unexpected error occurred during connection handshake.")]
    Request(#[source] ProtocolError),
    /// The request lacks a member.
    #[error("An unexpected error occurred during connection handshake.")]
    Missing {
        /// The member.
        member: &'static str,
        /// The whole request.
        request: String,
    },
}

impl HandshakeError {
    /// The error of the answer.
    pub fn text(&self, detailed: bool) -> String {
        match self {
            Self::Request(error) if detailed => format!("{self} {}: {error}", error.exception()),
            Self::Missing { member, request } if detailed => {
                format!("{self} InvalidDataException: Missing required property '{member}'. Message content: {request}")
            }
            _ => self.to_string(),
        }
    }

    /// The complete answer.
    pub fn encode(&self, detailed: bool) -> Bytes {
        let error = quoted(&self.text(detailed));
        let mut out = format!("{{\"error\":{error}}}").into_bytes();
        out.push(RECORD_SEPARATOR);
        out.into()
    }
}

impl<'a> HandshakeRequest<'a> {
    /// Reads a request, without its separator. What follows the object's closing brace is not looked at.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Request`] or [`HandshakeError::Missing`].
    pub fn parse(frame: &'a [u8]) -> Result<Self, HandshakeError> {
        let json = std::str::from_utf8(frame).map_err(|_| HandshakeError::Request(ProtocolError::Json))?;
        let members = object_members(json, ["protocol", "version"], false).map_err(HandshakeError::Request)?;
        let missing = |member| HandshakeError::Missing { member, request: json.to_owned() };
        let wrong = |member, expected| HandshakeError::Request(ProtocolError::WrongType { member, expected });

        let protocol = members.get("protocol").map(text);
        let version = match members.get("version") {
            None | Some("null") => None,
            Some(number) if kind(number) == "Number" => {
                let out_of_bounds = |_| HandshakeError::Request(ProtocolError::OutOfBounds("Int32"));
                Some(number.parse().map_err(out_of_bounds)?)
            }
            Some(_) => return Err(wrong("version", "Number")),
        };
        let protocol = match protocol {
            None => return Err(missing("protocol")),
            Some(None) => return Err(wrong("protocol", "String")),
            Some(Some(protocol)) => protocol,
        };
        Ok(Self { protocol, version: version.ok_or_else(|| missing("version"))? })
    }

    /// Finds the protocol among those that the hub supports, for a transport that carries binary messages or not.
    ///
    /// # Errors
    ///
    /// [`HandshakeError`].
    pub fn select(&self, supported: &[Encoding], binary_transport: bool) -> Result<Handshake, HandshakeError> {
        let encoding = Encoding::of_protocol(&self.protocol)
            .filter(|encoding| supported.contains(encoding))
            .ok_or_else(|| HandshakeError::Protocol(self.protocol.clone().into_owned()))?;
        if self.version > MAX_VERSION {
            let protocol = self.protocol.clone().into_owned();
            return Err(HandshakeError::Version { protocol, version: self.version });
        }
        if encoding.is_binary() && !binary_transport {
            return Err(HandshakeError::Binary(encoding.protocol()));
        }
        Ok(Handshake { encoding, version: self.version })
    }

    /// The complete request, as a client sends it.
    pub fn encode(&self) -> Bytes {
        let protocol = quoted(&self.protocol);
        let mut out = format!("{{\"protocol\":{protocol},\"version\":{}}}", self.version).into_bytes();
        out.push(RECORD_SEPARATOR);
        out.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(request: &str, binary: bool) -> Result<Handshake, String> {
        HandshakeRequest::parse(request.as_bytes())
            .and_then(|request| request.select(&Encoding::ALL, binary))
            .map_err(|error| error.text(true))
    }

    #[test]
    fn every_version_up_to_two_is_accepted_in_any_letter_case() {
        for (request, encoding, version) in [
            (r#"{"protocol":"json","version":1}"#, Encoding::Json, 1),
            (r#" { "version" : -3 , "more" : {"protocol":1} , "protocol" : "JSON" } what follows"#, Encoding::Json, -3),
            (r#"{"protocol":"xml","version":9,"protocol":"json","version":1}"#, Encoding::Json, 1),
            (r#"{"protocol":"Messagep\u0061ck","version":2}"#, Encoding::MessagePack, 2),
        ] {
            assert_eq!(answer(request, true), Ok(Handshake { encoding, version }), "{request}");
        }
    }

    #[test]
    fn refusals_have_the_texts_of_the_specification() {
        const UNEXPECTED: &str = "An unexpected error occurred during connection handshake. ";
        for (request, text) in [
            (r#"{"protocol":"xml","version":99}"#, "The protocol 'xml' is not supported."),
            (r#"{"protocol":"","version":1}"#, "The protocol '' is not supported."),
            (
                r#"{"protocol":"MessagePack","version":9}"#,
                "The server does not support version 9 of the 'MessagePack' protocol.",
            ),
            (
                r#"{"protocol":"MessagePack","version":1}"#,
                "Cannot use the 'messagepack' protocol on the current transport. The transport does not support 'Binary' transfer format.",
            ),
        ] {
            assert_eq!(answer(request, false), Err(text.to_owned()), "{request}");
        }
        for (request, text) in [
            (
                r#"{"protocol":"json"}"#,
                r#"InvalidDataException: Missing required property 'version'. Message content: {"protocol":"json"}"#,
            ),
            (
                r#"{"version":1}"#,
                r#"InvalidDataException: Missing required property 'protocol'. Message content: {"version":1}"#,
            ),
            (
                r#"{"Protocol":"json","version":1}"#,
                r#"InvalidDataException: Missing required property 'protocol'. Message content: {"Protocol":"json","version":1}"#,
            ),
            (
                r#"{"protocol":"json","version":null}"#,
                r#"InvalidDataException: Missing required property 'version'. Message content: {"protocol":"json","version":null}"#,
            ),
            (r#"{"protocol":null,"version":1}"#, "InvalidDataException: Expected 'protocol' to be of type String."),
            (r#"{"protocol":7,"version":1}"#, "InvalidDataException: Expected 'protocol' to be of type String."),
            (r#"{"protocol":"json","version":"1"}"#, "InvalidDataException: Expected 'version' to be of type Number."),
            (
                r#"{"protocol":"json","version":2147483648}"#,
                "FormatException: Either the JSON value is not in a supported format, or is out of bounds for an Int32.",
            ),
            ("[]", "InvalidDataException: Unexpected JSON Token Type 'Array'. Expected a JSON Object."),
            ("\"json\"", "InvalidDataException: Unexpected JSON Token Type 'String'. Expected a JSON Object."),
            ("null", "InvalidDataException: Unexpected JSON Token Type 'Null'. Expected a JSON Object."),
            ("", "InvalidDataException: Error reading JSON."),
            ("nonsense", "InvalidDataException: Error reading JSON."),
            (r#"{"protocol":"json","version":1"#, "InvalidDataException: Error reading JSON."),
            (r#"{"protocol":"json","version":1,}"#, "InvalidDataException: Error reading JSON."),
        ] {
            assert_eq!(answer(request, true), Err(format!("{UNEXPECTED}{text}")), "{request}");
            let short = HandshakeRequest::parse(request.as_bytes()).unwrap_err();
            assert_eq!(
                &short.encode(false)[..],
                b"{\"error\":\"An unexpected error occurred during connection handshake.\"}\x1e"
            );
        }
        assert_eq!(&HandshakeError::Canceled.encode(true)[..], b"{\"error\":\"Handshake was canceled.\"}\x1e");
    }

    #[test]
    fn a_hub_may_support_fewer_protocols() {
        let request = HandshakeRequest { protocol: "messagepack".into(), version: 1 };
        assert_eq!(&request.encode()[..], b"{\"protocol\":\"messagepack\",\"version\":1}\x1e");
        let refused = request.select(&[Encoding::Json], true);
        assert_eq!(refused, Err(HandshakeError::Protocol("messagepack".to_owned())));
    }
}
