//! The two encodings, and values in them.

use std::{error::Error, fmt};

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use super::{Incoming, ProtocolError, json, messagepack};

/// How messages and their values are written: chosen by the handshake, once for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// JSON text, each message with the record separator 0x1E behind it.
    Json,
    /// MessagePack, each message with its length in front of it.
    MessagePack,
}

impl Encoding {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Json, Self::MessagePack];

    /// The one that a handshake calls so; letter case does not matter.
    pub fn of_protocol(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| encoding.protocol().eq_ignore_ascii_case(name))
    }

    /// What a handshake calls it.
    pub fn protocol(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::MessagePack => "messagepack",
        }
    }

    /// Whether its messages are not text: they cannot travel over server-sent events, and are binary WebSocket messages.
    pub fn is_binary(self) -> bool {
        self == Self::MessagePack
    }

    /// Reads a frame, without its separator or length prefix. `None` is a message of a type that this version does not know: it is skipped.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`], which ends the connection.
    pub fn read(self, frame: &[u8]) -> Result<Option<Incoming<'_>>, ProtocolError> {
        match self {
            Self::Json => json::read(frame),
            Self::MessagePack => messagepack::read(frame),
        }
    }

    /// Encodes one value. Names are serde's; in MessagePack structs are maps, and unit variants texts (section 10.2).
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the value cannot be written so.
    pub fn encode<T: Serialize + ?Sized>(self, value: &T) -> Result<Bytes, EncodeError> {
        let mut out = Vec::new();
        self.encode_into(value, &mut out)?;
        Ok(out.into())
    }

    pub(super) fn encode_into<T: Serialize + ?Sized>(self, value: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Json => serde_json::to_writer(out, value).map_err(EncodeError::new),
            Self::MessagePack => {
                value.serialize(&mut rmp_serde::Serializer::new(out).with_struct_map()).map_err(EncodeError::new)
            }
        }
    }

    /// Reads one value.
    pub(super) fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, DecodeError> {
        match self {
            Self::Json => serde_json::from_slice(bytes).map_err(DecodeError::new),
            Self::MessagePack => {
                let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes);
                deserializer.set_max_depth(super::MAX_DEPTH);
                T::deserialize(&mut deserializer).map_err(DecodeError::new)
            }
        }
    }
}

/// Why a value cannot be written.
pub struct EncodeError(Box<dyn Error + Send + Sync>);

impl EncodeError {
    pub(crate) fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}

/// Why bytes are no value of the type.
pub struct DecodeError(Box<dyn Error + Send + Sync>);

impl DecodeError {
    fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}

macro_rules! opaque {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl Error for $name {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                self.0.source()
            }
        }
    )*};
}
opaque!(EncodeError DecodeError);
