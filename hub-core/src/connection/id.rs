//! The public name of a connection.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The longest text an id may have: a hyphenated GUID.
const MAX_LEN: usize = 36;

/// The public id of one connection, as applications and clients see it.
///
/// Classic connections have a lower-case GUID (`6f9619ff-8b86-4d01-b42d-00cf4fc964ff`), core ones 22 characters of base64url. An id is no secret:
/// what proves that a request belongs to a connection is its *connection token*.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId {
    text: [u8; MAX_LEN],
    len: u8,
}

impl ConnectionId {
    /// Makes a fresh GUID of 122 random bits (RFC 9562, version 4).
    pub(crate) fn random_guid() -> Self {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; MAX_LEN];
        let mut at = 0;
        for (index, byte) in bytes.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                at += 1;
            }
            text[at] = HEX[usize::from(byte >> 4)];
            text[at + 1] = HEX[usize::from(byte & 0x0f)];
            at += 2;
        }
        Self { text, len: MAX_LEN as u8 }
    }

    /// Makes a fresh id of 128 random bits, as 22 characters of base64url (section 1.5 of the core specification).
    pub(crate) fn random_short() -> Self {
        let text = random_text();
        let mut fixed = [0_u8; MAX_LEN];
        let len = text.len().min(MAX_LEN);
        fixed[..len].copy_from_slice(&text.as_bytes()[..len]);
        Self { text: fixed, len: len as u8 }
    }

    /// Reads an id: 1 to 36 visible ASCII characters, compared byte for byte. Anything else names no connection.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.is_empty() || bytes.len() > MAX_LEN || !bytes.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        let mut fixed = [0_u8; MAX_LEN];
        fixed[..bytes.len()].copy_from_slice(bytes);
        Some(Self { text: fixed, len: bytes.len() as u8 })
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        let bytes = self.text.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

/// 128 random bits as 22 characters that need no escape in a URL.
pub(crate) fn random_text() -> String {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

impl AsRef<str> for ConnectionId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionId({self})")
    }
}

impl PartialEq<str> for ConnectionId {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl Serialize for ConnectionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ConnectionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = ConnectionId;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a connection id")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<ConnectionId, E> {
                ConnectionId::parse(text).ok_or_else(|| E::custom("not a connection id"))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_id_is_a_lower_case_guid_and_parses_back() {
        let id = ConnectionId::random_guid();
        assert_eq!(id.as_str().len(), 36);
        assert!(id.as_str().bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        }));
        assert_eq!(ConnectionId::parse(id.as_str()), Some(id));
        assert_ne!(ConnectionId::random_guid(), id);
    }

    #[test]
    fn what_cannot_be_an_id_is_refused() {
        for text in ["", "a b", "é", "0123456789012345678901234567890123456"] {
            assert_eq!(ConnectionId::parse(text), None, "{text:?}");
        }
    }
}
