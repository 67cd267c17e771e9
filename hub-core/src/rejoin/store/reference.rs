//! The name of a stored token.

#![deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// What a reference begins with. No token does: what stands before a token's `.` is at least
/// seven characters long.
const PREFIX: &str = "r.";

/// Names a token in a [`TokenStore`](super::TokenStore): 128 bits that cannot be guessed.
///
/// On the wire it is `r.` and 22 characters of base64url. Held like the token itself: it prints
/// as `[redacted]`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenReference([u8; 16]);

impl TokenReference {
    /// A reference of these bits.
    pub const fn new(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// Its bits, for a store that keeps bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Its bits as 32 lower-case hexadecimal digits, for a store whose names are case-blind or
    /// have an alphabet of their own: a file, a key in Redis.
    pub fn to_hex(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }

    /// What [`to_hex`](Self::to_hex) gave.
    pub(super) fn from_hex(text: &str) -> Option<Self> {
        let canonical = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        canonical.then(|| u128::from_str_radix(text, 16).ok().map(|bits| Self(bits.to_be_bytes())))?
    }

    /// As the client holds it.
    pub(in crate::rejoin) fn to_wire(self) -> String {
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(self.0))
    }

    /// Whether what the client brings is meant as a reference; `Err` if it is a misspelled one.
    pub(in crate::rejoin) fn from_wire(text: &str) -> Option<Result<Self, Misspelled>> {
        let bits = text.strip_prefix(PREFIX)?;
        let mut out = [0; 16];
        Some(match URL_SAFE_NO_PAD.decode_slice(bits, &mut out) {
            Ok(16) => Ok(Self(out)),
            _ => Err(Misspelled),
        })
    }
}

impl fmt::Debug for TokenReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenReference([redacted])")
    }
}

/// Begins as a reference and is none.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::rejoin) struct Misspelled;

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: TokenReference = TokenReference::new([0xfb; 16]);

    #[test]
    fn a_reference_has_one_spelling_and_is_short() {
        let wire = REFERENCE.to_wire();
        assert_eq!(wire.len(), 24);
        assert!(wire.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
        assert_eq!(TokenReference::from_wire(&wire), Some(Ok(REFERENCE)));
        for other in [
            format!("{wire}="),
            format!("{wire}=="),
            format!("{wire}A"),
            format!("{wire}AAAAAA"),
            format!("{wire} "),
            wire[..23].to_owned(),
            "r.".to_owned(),
            wire.replace('-', "+").replace('_', "/"),
        ] {
            assert_eq!(TokenReference::from_wire(&other), Some(Err(Misspelled)), "{other}");
        }
        for other in [format!("R{}", &wire[1..]), format!(" {wire}"), wire[1..].to_owned(), String::new()] {
            assert_eq!(TokenReference::from_wire(&other), None, "{other}");
        }
        // Of the 64 possible last characters 16 spell four stray bits each.
        let last = |character: char| TokenReference::from_wire(&format!("{}{character}", &wire[..23]));
        let good = ('!'..='~').filter(|&character| matches!(last(character), Some(Ok(_)))).count();
        assert_eq!(good, 4);
    }

    #[test]
    fn a_file_name_has_one_spelling() {
        let hex = REFERENCE.to_hex();
        assert_eq!(hex, "fb".repeat(16));
        assert_eq!(TokenReference::from_hex(&hex), Some(REFERENCE));
        assert_eq!(TokenReference::new([0; 16]).to_hex(), "0".repeat(32));
        for other in [hex.to_uppercase(), hex[1..].to_owned(), format!("+{}", &hex[1..]), format!("../{}", &hex[3..])] {
            assert_eq!(TokenReference::from_hex(&other), None, "{other}");
        }
    }

    #[test]
    fn a_reference_prints_nothing() {
        assert_eq!(format!("{REFERENCE:?}"), "TokenReference([redacted])");
    }
}
