//! What a server writes: hub responses (section 3.3) and persistent responses (section 2.1).

use bytes::Bytes;

use super::{Cursor, InvocationId, message::write_text};
use crate::protocol::escape_line_ends;

/// The answer to an invocation. Parts that are JSON already are given as bytes.
#[derive(Debug, Default)]
pub struct HubResponse<'a> {
    /// State keys that the method changed, as an object.
    pub state: Option<&'a [u8]>,
    /// The result; none for void, null and errors.
    pub result: Option<&'a [u8]>,
    /// The error's text and whether it was meant for the client, with its data.
    pub error: Option<(&'a str, bool, Option<&'a str>)>,
}

impl HubResponse<'_> {
    /// Writes the response to the invocation `id`.
    pub fn encode(&self, id: &InvocationId) -> Bytes {
        let error = self.error.map_or(0, |(text, ..)| text.len());
        let mut out = Vec::with_capacity(64 + self.result.map_or(0, <[u8]>::len) + error);
        out.push(b'{');
        if let Some(state) = self.state {
            out.extend_from_slice(b"\"S\":");
            out.extend_from_slice(state);
            out.push(b',');
        }
        if let Some(result) = self.result.filter(|result| *result != b"null") {
            out.extend_from_slice(b"\"R\":");
            out.extend_from_slice(result);
            out.push(b',');
        }
        out.extend_from_slice(b"\"I\":");
        id.write_json(&mut out);
        if let Some((text, for_client, data)) = self.error {
            if for_client {
                out.extend_from_slice(b",\"H\":true");
            }
            out.extend_from_slice(b",\"E\":");
            // An empty text would read as success.
            write_text(if text.is_empty() { "error" } else { text }, &mut out);
            if let Some(data) = data {
                out.extend_from_slice(b",\"D\":");
                out.extend_from_slice(data.as_bytes());
            }
        }
        out.push(b'}');
        escape_line_ends(out).into()
    }
}

/// What goes over a stream or ends a poll. Field order is fixed: `C`, `S`, `T`, `G`, `L`, `M`.
#[derive(Debug)]
pub struct PersistentResponse<'a> {
    /// Position after the messages.
    pub cursor: Cursor,
    /// Whether this is the one that says the stream is live.
    pub initialized: bool,
    /// Whether the server is shutting down.
    pub shutting_down: bool,
    /// A new groups token.
    pub groups_token: Option<&'a str>,
    /// Pause before the next poll, in milliseconds; left out when 0.
    pub long_poll_delay_ms: u64,
}

impl PersistentResponse<'_> {
    /// Writes the response around `messages`, each an element of `M`.
    pub fn encode<'m>(&self, messages: impl IntoIterator<Item = &'m [u8]>) -> Bytes {
        let mut out = self.head(128);
        let mut first = true;
        for message in messages {
            if !std::mem::take(&mut first) {
                out.push(b',');
            }
            out.extend_from_slice(message);
        }
        out.extend_from_slice(b"]}");
        out.into()
    }

    /// Writes the response around one message and says where the message lies in it.
    pub(crate) fn encode_one(&self, message: &[u8]) -> (Bytes, std::ops::Range<usize>) {
        let mut out = self.head(message.len() + 48);
        let start = out.len();
        out.extend_from_slice(message);
        let end = out.len();
        out.extend_from_slice(b"]}");
        (out.into(), start..end)
    }

    fn head(&self, capacity: usize) -> Vec<u8> {
        use std::io::Write as _;
        let mut out = Vec::with_capacity(capacity);
        // Writing into memory has no way to fail.
        let _ = write!(out, "{{\"C\":\"{}\"", self.cursor);
        if self.initialized {
            out.extend_from_slice(b",\"S\":1");
        }
        if self.shutting_down {
            out.extend_from_slice(b",\"T\":1");
        }
        if let Some(token) = self.groups_token {
            out.extend_from_slice(b",\"G\":");
            write_text(token, &mut out);
        }
        if self.long_poll_delay_ms != 0 {
            let _ = write!(out, ",\"L\":{}", self.long_poll_delay_ms);
        }
        out.extend_from_slice(b",\"M\":[");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Epoch, Invocation};
    use super::*;

    fn id(raw: &str) -> InvocationId {
        Invocation::parse(&format!(r#"{{"H":"h","M":"m","I":{raw}}}"#)).unwrap().id
    }

    #[test]
    fn responses_have_their_fields_in_the_fixed_order() {
        let of = |response: HubResponse<'_>, raw: &str| String::from_utf8(response.encode(&id(raw)).to_vec()).unwrap();
        assert_eq!(of(HubResponse { result: Some(b"42"), ..Default::default() }, "3"), r#"{"R":42,"I":"3"}"#);
        assert_eq!(of(HubResponse { result: Some(b"null"), ..Default::default() }, "4"), r#"{"I":"4"}"#);
        assert_eq!(
            of(HubResponse { state: Some(br#"{"count":2}"#), result: Some(b"[1,2]"), error: None }, "5"),
            r#"{"S":{"count":2},"R":[1,2],"I":"5"}"#
        );
        assert_eq!(
            of(
                HubResponse { error: Some(("Room is full", true, Some(r#"{"max":10}"#))), ..Default::default() },
                "\"7\""
            ),
            r#"{"I":"7","H":true,"E":"Room is full","D":{"max":10}}"#
        );
        assert_eq!(of(HubResponse::default(), "null"), r#"{"I":null}"#);
    }

    #[test]
    fn persistent_responses_have_their_fields_in_the_fixed_order() {
        let response = PersistentResponse {
            cursor: Cursor { epoch: Epoch(10), position: 11 },
            initialized: true,
            shutting_down: true,
            groups_token: Some("g"),
            long_poll_delay_ms: 125,
        };
        let messages: [&[u8]; 2] = [b"1", b"2"];
        assert_eq!(&response.encode(messages)[..], br#"{"C":"d-A-B","S":1,"T":1,"G":"g","L":125,"M":[1,2]}"#);
    }
}
