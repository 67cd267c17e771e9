//! Bytes.

use std::{fmt, ops::Deref};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes: base64 text in JSON (with padding), bin in MessagePack. A `Vec<u8>` is an array of numbers in both.
///
/// In MessagePack a text is taken too, as its UTF-8. Cloning does not copy.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(bytes::Bytes);

impl Bytes {
    /// The bytes.
    pub fn into_inner(self) -> bytes::Bytes {
        self.0
    }
}

impl Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl<T: Into<bytes::Bytes>> From<T> for Bytes {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&STANDARD.encode(&self.0))
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Base64)
        } else {
            deserializer.deserialize_byte_buf(Binary)
        }
    }
}

struct Base64;

impl de::Visitor<'_> for Base64 {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
        STANDARD.decode(text).map(Bytes::from).map_err(|_| E::custom("the text is no base64"))
    }
}

/// Takes what is bytes already.
pub(super) struct Binary;

impl de::Visitor<'_> for Binary {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(bytes.to_vec().into())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(bytes.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Bytes, E> {
        Ok(text.as_bytes().to_vec().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_base64_in_json_and_bin_in_messagepack() {
        let bytes = Bytes::from(vec![0, 255]);
        assert_eq!(serde_json::to_string(&bytes).unwrap(), "\"AP8=\"");
        assert_eq!(serde_json::from_str::<Bytes>("\"AP8=\"").unwrap(), bytes);
        assert_eq!(rmp_serde::to_vec_named(&bytes).unwrap(), [0xC4, 2, 0, 255]);
        assert_eq!(rmp_serde::from_slice::<Bytes>(&[0xC4, 2, 0, 255]).unwrap(), bytes);
        assert_eq!(&*rmp_serde::from_slice::<Bytes>(&[0xA2, b'h', b'i']).unwrap(), b"hi");
        for json in ["\"AP8\"", "\"A!==\"", "[0,255]", "null"] {
            assert!(serde_json::from_str::<Bytes>(json).is_err(), "{json}");
        }
        assert!(rmp_serde::from_slice::<Bytes>(&[0x05]).is_err());
    }
}
