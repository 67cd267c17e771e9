//! One signing key and what is derived from it.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{KeyError, KeyPlace};
use crate::rejoin::mac::Purpose;

/// The HKDF salt: sets our derivations apart from any other use of the same secret.
const SALT: &[u8] = b"hubs-for-rust rejoin 1";
/// The HKDF info of the key id and the fingerprint.
const KEY_ID: &str = "hubs-for-rust key-id";

/// A secret that signs tokens: at least 32 bytes, best from a random source.
///
/// It never signs anything itself. A key for each purpose is derived from it by HKDF-SHA256
/// (RFC 5869), and so is its public [`KeyId`].
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    secret: Vec<u8>,
}

impl SigningKey {
    /// The fewest bytes a key may have.
    pub const MIN_BYTES: usize = 32;
    /// The most bytes a key may have.
    pub const MAX_BYTES: usize = 1024;

    /// A key of these bytes.
    ///
    /// # Errors
    ///
    /// [`KeyError::TooShort`] or [`KeyError::TooLong`].
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Self::at(secret.as_ref().to_vec(), &KeyPlace::Code)
    }

    /// A new key of 32 random bytes from the operating system.
    ///
    /// # Errors
    ///
    /// [`KeyError::Random`] if the system gives none.
    pub fn generate() -> Result<Self, KeyError> {
        let mut secret = vec![0; Self::MIN_BYTES];
        getrandom::fill(&mut secret).map_err(KeyError::Random)?;
        Ok(Self { secret })
    }

    /// A key as it is written in a variable or a file: hexadecimal digits, or base64 in either
    /// alphabet, padded or not.
    ///
    /// # Errors
    ///
    /// [`KeyError::Spelling`], or the wrong length.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        super::source::parse_key(text, &KeyPlace::Code)
    }

    /// The key's public name: eight hexadecimal digits, derived from the secret one way.
    pub fn id(&self) -> KeyId {
        DerivedKey::new(self).id
    }

    pub(super) fn at(secret: Vec<u8>, place: &KeyPlace) -> Result<Self, KeyError> {
        let bytes = secret.len();
        if bytes < Self::MIN_BYTES {
            return Err(KeyError::TooShort { place: place.clone(), bytes, minimum: Self::MIN_BYTES });
        }
        if bytes > Self::MAX_BYTES {
            return Err(KeyError::TooLong { place: place.clone(), bytes, maximum: Self::MAX_BYTES });
        }
        Ok(Self { secret })
    }

    pub(super) fn secret(&self) -> &[u8] {
        &self.secret
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([redacted])")
    }
}

/// The public name of a signing key. Stands in every token that the key signed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// The four bytes as they stand in a token.
    pub fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// What a ring keeps of a key: a keyed MAC for each purpose, ready to be fed. The secret itself
/// is not kept.
#[derive(Clone)]
pub(in crate::rejoin) struct DerivedKey {
    id: KeyId,
    /// Tells two keys apart whose ids are equal.
    fingerprint: [u8; 32],
    connection_token: Hmac<Sha256>,
    groups_token: Hmac<Sha256>,
    token_reference: Hmac<Sha256>,
}

impl DerivedKey {
    pub(super) fn new(key: &SigningKey) -> Self {
        let extracted = Hkdf::<Sha256>::new(Some(SALT), key.secret());
        let expand = |info: &str| {
            let mut out = [0; 32];
            extracted.expand(info.as_bytes(), &mut out).expect("HKDF-SHA256 gives up to 8160 bytes");
            out
        };
        let mac =
            |purpose: Purpose| Hmac::new_from_slice(&expand(purpose.label())).expect("HMAC takes a key of any length");
        let fingerprint = expand(KEY_ID);
        let [a, b, c, d, ..] = fingerprint;
        Self {
            id: KeyId([a, b, c, d]),
            fingerprint,
            connection_token: mac(Purpose::ConnectionToken),
            groups_token: mac(Purpose::GroupsToken),
            token_reference: mac(Purpose::TokenReference),
        }
    }

    pub(in crate::rejoin) fn id(&self) -> KeyId {
        self.id
    }

    /// A fresh MAC under the key of this purpose.
    pub(in crate::rejoin) fn mac(&self, purpose: Purpose) -> Hmac<Sha256> {
        match purpose {
            Purpose::ConnectionToken => self.connection_token.clone(),
            Purpose::GroupsToken => self.groups_token.clone(),
            Purpose::TokenReference => self.token_reference.clone(),
        }
    }
}

impl PartialEq for DerivedKey {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DerivedKey").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_at_least_32_bytes() {
        assert!(SigningKey::new([1; 32]).is_ok());
        assert!(SigningKey::new([1; 1024]).is_ok());
        let short = SigningKey::new([1; 31]).unwrap_err();
        assert_eq!(short.to_string(), "signing key has 31 bytes; at least 32 are needed");
        assert!(matches!(SigningKey::new([]), Err(KeyError::TooShort { bytes: 0, .. })));
        assert!(matches!(SigningKey::new([1; 1025]), Err(KeyError::TooLong { .. })));
    }

    #[test]
    fn a_key_prints_nothing_of_itself() {
        let key = SigningKey::new([0x41; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey([redacted])");
        let derived = format!("{:?}", DerivedKey::new(&key));
        assert_eq!(derived, format!("DerivedKey {{ id: KeyId({}), .. }}", key.id()));
    }

    #[test]
    fn the_id_is_eight_hexadecimal_digits_and_differs_by_key() {
        let id = SigningKey::new([1; 32]).unwrap().id().to_string();
        assert_eq!(id.len(), 8);
        assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(id, SigningKey::new([2; 32]).unwrap().id().to_string());
    }

    #[test]
    fn generated_keys_differ() {
        assert_ne!(SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    }
}
