//! What goes to a client, as complete frames.

use bytes::Bytes;
use serde::Serialize;

use super::{EncodeError, Encoding, json, messagepack};
use crate::value::Value;

/// One message of the server, or of a client. Values in it (`arguments`, `item`, `Ok`) are in the encoding that it is written in.
#[derive(Debug, Clone, Copy)]
pub enum Outgoing<'a> {
    /// A call (type 1).
    Invocation {
        /// Where the answer goes; none: no answer is wanted.
        id: Option<&'a str>,
        /// Name of the method.
        target: &'a str,
        /// Its arguments.
        arguments: &'a EncodedArguments,
        /// The upload streams; only clients have some.
        stream_ids: &'a [&'a str],
    },
    /// An item of a stream (type 2).
    StreamItem {
        /// The stream.
        id: &'a str,
        /// The item, encoded.
        item: &'a [u8],
    },
    /// The end of a call or stream (type 3).
    Completion {
        /// The call.
        id: &'a str,
        /// The encoded value, nothing (the end of a stream), or a text for the client.
        outcome: Result<Option<&'a [u8]>, &'a str>,
    },
    /// A call whose result is a stream (type 4): a client's.
    StreamInvocation {
        /// The stream.
        id: &'a str,
        /// Name of the method.
        target: &'a str,
        /// Its arguments.
        arguments: &'a EncodedArguments,
        /// The upload streams.
        stream_ids: &'a [&'a str],
    },
    /// Type 5: a client's.
    CancelInvocation {
        /// The call or stream.
        id: &'a str,
    },
    /// Type 6.
    Ping,
    /// The end of the connection (type 7).
    Close {
        /// Why, if it is an error.
        error: Option<&'a str>,
        /// Whether the client is to come back.
        allow_reconnect: bool,
    },
    /// Type 8.
    Ack {
        /// The highest number that has arrived.
        sequence_id: u64,
    },
    /// Type 9.
    Sequence {
        /// The number of the message that follows.
        sequence_id: u64,
    },
}

impl Outgoing<'_> {
    /// The complete frame, with separator or length prefix.
    pub fn encode(&self, encoding: Encoding) -> Bytes {
        match encoding {
            Encoding::Json => json::write(self),
            Encoding::MessagePack => messagepack::write(self),
        }
    }

    /// Whether stateful reconnect counts this message: types 1 to 5 (section 4.2).
    pub fn is_counted(&self) -> bool {
        !matches!(self, Self::Ping | Self::Close { .. } | Self::Ack { .. } | Self::Sequence { .. })
    }
}

/// Arguments of a call, each encoded as it is added.
#[derive(Debug, Clone)]
pub struct EncodedArguments {
    encoding: Encoding,
    count: u32,
    bytes: Vec<u8>,
}

impl EncodedArguments {
    /// No arguments yet.
    pub fn new(encoding: Encoding) -> Self {
        Self { encoding, count: 0, bytes: Vec::new() }
    }

    /// Adds one.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if it cannot be written; nothing is added then.
    pub fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let before = self.bytes.len();
        if self.encoding == Encoding::Json && self.count > 0 {
            self.bytes.push(b',');
        }
        match self.encoding.encode_into(value, &mut self.bytes) {
            Ok(()) => {
                self.count = self.count.saturating_add(1);
                Ok(())
            }
            Err(error) => {
                self.bytes.truncate(before);
                Err(error)
            }
        }
    }

    /// The same values in another encoding, from JSON values with commas between them. What JSON cannot tell apart is gone: bytes are
    /// texts then.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if they are no JSON.
    pub(crate) fn transcode(values: &[u8], to: Encoding) -> Result<Self, EncodeError> {
        let mut arguments = Self::new(to);
        let mut rest = values.trim_ascii();
        while !rest.is_empty() {
            let (value, behind) = json::split_first(rest);
            let value = std::str::from_utf8(value).map_err(EncodeError::new)?;
            let value: Value = serde_json::from_str(value).map_err(EncodeError::new)?;
            arguments.push(&value)?;
            rest = behind;
        }
        Ok(arguments)
    }

    /// The encoding they are in.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// JSON: the values with commas between them, without brackets. MessagePack: the values side by side, without the array's header.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_arguments_change_their_encoding() {
        let json: &[u8] = b" 1, \"a,]\" ,{\"b\":[null]} ";
        let of = |encoding| EncodedArguments::transcode(json, encoding).unwrap();
        assert_eq!(of(Encoding::MessagePack).as_bytes(), b"\x01\xa3a,]\x81\xa1b\x91\xc0");
        assert_eq!(of(Encoding::MessagePack).len(), 3);
        assert_eq!(of(Encoding::Json).as_bytes(), b"1,\"a,]\",{\"b\":[null]}");
        assert!(EncodedArguments::transcode(b"", Encoding::MessagePack).unwrap().is_empty());
        for values in ["1,,2", "{]", "1]", "tru", ","] {
            assert!(EncodedArguments::transcode(values.as_bytes(), Encoding::Json).is_err(), "{values}");
        }
    }

    #[test]
    fn an_argument_that_cannot_be_written_is_not_added() {
        let mut arguments = EncodedArguments::new(Encoding::Json);
        arguments.push(&1).unwrap();
        arguments.push(&[1.0, f64::NAN]).unwrap_err();
        arguments.push("x").unwrap();
        assert_eq!((arguments.as_bytes(), arguments.len()), (&b"1,\"x\""[..], 2));
    }
}
