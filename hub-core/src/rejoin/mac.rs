//! One signed byte string, its tag, and the one way to write both down.
//!
//! A token is `base64url(payload) "." base64url(tag)`, without padding. The tag is the whole
//! HMAC-SHA256, under the purpose's own key, of
//!
//! ```text
//! field(purpose) field(version) field(context)… field(payload)
//! field(x) = length of x as eight bytes, big-endian, then x
//! ```
//!
//! so no two different inputs give the same string. `context` is what the verifier knows by
//! itself and the token need not carry; how many there are depends on the purpose alone. The
//! payload is `version (1 byte) key-id (4 bytes) body`. The key id says which key to try and
//! nothing more: it is under the tag too, and there is no field that names an algorithm.
//!
//! Nothing of the body is looked at before the tag holds (S4 of `docs/promises.md`).

#![deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::keys::{KeyStanding, SigningKeys};

/// The version of the signed string and of all payloads.
pub(super) const VERSION: u8 = 1;

/// The tag as text: 32 bytes in base64url without padding.
pub(super) const TAG_CHARS: usize = 43;

/// What stands before the body in a payload.
pub(super) const HEAD_BYTES: usize = 5;

/// What a token is for. Each purpose has its own key and its own label under the tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Proves that a request belongs to a connection.
    ConnectionToken,
    /// Proves which groups a connection was in.
    GroupsToken,
    /// Names a stored token. Never a token itself.
    TokenReference,
}

impl Purpose {
    /// The label: first in the signed string, and the HKDF info of the purpose's key.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::ConnectionToken => "hubs-for-rust connection-token",
            Self::GroupsToken => "hubs-for-rust groups-token",
            Self::TokenReference => "hubs-for-rust token-reference",
        }
    }
}

/// A payload whose tag holds.
#[derive(Debug)]
pub(super) struct Opened {
    payload: Vec<u8>,
    /// How the key that signed it stands today.
    pub(super) standing: KeyStanding,
}

impl Opened {
    /// The payload behind version and key id.
    pub(super) fn body(&self) -> &[u8] {
        self.payload.get(HEAD_BYTES..).unwrap_or_default()
    }
}

/// Why a token was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// Not the one spelling of any payload and tag of this version.
    Malformed,
    /// The tag is not that of a key in the ring.
    Forged,
}

/// Signs with the newest key. `body` appends the purpose's fields.
pub(super) fn seal(keys: &SigningKeys, purpose: Purpose, context: &[&[u8]], body: impl FnOnce(&mut Vec<u8>)) -> String {
    let ring = keys.ring();
    let key = ring.newest();
    let mut payload = Vec::with_capacity(256);
    payload.push(VERSION);
    payload.extend_from_slice(key.id().as_bytes());
    body(&mut payload);
    let tag = string(key.mac(purpose), purpose, context, &payload).finalize().into_bytes();

    let payload_chars = payload.len().div_ceil(3).saturating_mul(4);
    let mut token = String::with_capacity(payload_chars.saturating_add(TAG_CHARS).saturating_add(1));
    URL_SAFE_NO_PAD.encode_string(&payload, &mut token);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(tag, &mut token);
    token
}

/// Checks the spelling and the tag of a token of at most `max_chars` characters.
pub(super) fn open(
    keys: &SigningKeys,
    purpose: Purpose,
    context: &[&[u8]],
    max_chars: usize,
    token: &str,
) -> Result<Opened, Broken> {
    if token.len() > max_chars {
        return Err(Broken::Malformed);
    }
    let (payload, tag) = token.split_once('.').ok_or(Broken::Malformed)?;
    if tag.len() != TAG_CHARS {
        return Err(Broken::Malformed);
    }
    // This engine takes no padding, no other alphabet, no white space and no stray trailing bits.
    let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| Broken::Malformed)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| Broken::Malformed)?;
    let ([version, id @ ..], _) = payload.split_first_chunk::<HEAD_BYTES>().ok_or(Broken::Malformed)?;

    let ring = keys.ring();
    let standing = ring
        .with_id(*id)
        .find(|(key, _)| string(key.mac(purpose), purpose, context, &payload).verify_slice(&tag).is_ok())
        .map(|(_, standing)| standing)
        .ok_or(Broken::Forged)?;
    if *version != VERSION {
        return Err(Broken::Malformed);
    }
    Ok(Opened { payload, standing })
}

/// Sixteen bytes that only a holder of the newest key can name.
pub(super) fn derive(keys: &SigningKeys, purpose: Purpose, fields: &[&[u8]]) -> [u8; 16] {
    let tag = string(keys.ring().newest().mac(purpose), purpose, &[], &fields_as_one(fields)).finalize().into_bytes();
    tag.first_chunk().copied().unwrap_or_default()
}

/// `fields`, each with its length in front.
fn fields_as_one(fields: &[&[u8]]) -> Vec<u8> {
    let mut one = Vec::new();
    for field in fields {
        one.extend_from_slice(&(field.len() as u64).to_be_bytes());
        one.extend_from_slice(field);
    }
    one
}

/// Feeds the signed string to a keyed MAC.
fn string(mut mac: Hmac<Sha256>, purpose: Purpose, context: &[&[u8]], payload: &[u8]) -> Hmac<Sha256> {
    let mut field = |bytes: &[u8]| {
        mac.update(&(bytes.len() as u64).to_be_bytes());
        mac.update(bytes);
    };
    field(purpose.label().as_bytes());
    field(&[VERSION]);
    for known in context {
        field(known);
    }
    field(payload);
    mac
}

#[cfg(test)]
mod tests {
    use super::{super::keys::SigningKey, *};

    const MAX: usize = 1_000;

    fn keys() -> SigningKeys {
        SigningKeys::new([SigningKey::new([7; 32]).unwrap()]).unwrap()
    }

    fn sealed(keys: &SigningKeys, body: &[u8]) -> String {
        seal(keys, Purpose::GroupsToken, &[], |out| out.extend_from_slice(body))
    }

    fn opened(keys: &SigningKeys, token: &str) -> Result<Vec<u8>, Broken> {
        open(keys, Purpose::GroupsToken, &[], MAX, token).map(|opened| opened.body().to_vec())
    }

    #[test]
    fn what_was_sealed_opens() {
        let keys = keys();
        for length in 0..40 {
            let body = vec![b'x'; length];
            let token = sealed(&keys, &body);
            assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
            assert_eq!(opened(&keys, &token), Ok(body));
        }
    }

    #[test]
    fn another_spelling_of_the_same_bytes_is_refused() {
        let keys = keys();
        for length in 0..24 {
            // Bytes of all ones give the two characters that differ between the alphabets.
            let token = sealed(&keys, &vec![0xff; length]);
            let (payload, tag) = token.split_once('.').unwrap();
            for other in [
                format!("{payload}=.{tag}"),
                format!("{payload}==.{tag}"),
                format!("{payload}.{tag}="),
                format!(" {payload}.{tag}"),
                format!("{payload}.{tag}\n"),
                format!("{payload} .{tag}"),
                format!("{payload}.{tag}."),
                format!("{payload}..{tag}"),
                format!("{payload}{tag}"),
                token.replace('.', "%2E"),
                token.replace('.', "。"),
            ] {
                assert!(opened(&keys, &other).is_err(), "{other}");
            }
            if token.contains(['-', '_']) {
                assert!(opened(&keys, &token.replace('-', "+").replace('_', "/")).is_err());
            }
        }
    }

    #[test]
    fn trailing_bits_are_refused() {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let keys = keys();
        let mut tried = 0;
        for body in [&b""[..], b"x", b"xy", b"xyz"] {
            let token = sealed(&keys, body);
            let (payload, tag) = token.split_once('.').unwrap();
            for other in ALPHABET.iter().map(|other| char::from(*other)) {
                let payload_respelled = format!("{}{other}.{tag}", &payload[..payload.len() - 1]);
                let tag_respelled = format!("{payload}.{}{other}", &tag[..tag.len() - 1]);
                for respelled in [payload_respelled, tag_respelled] {
                    assert_eq!(opened(&keys, &respelled).is_ok(), respelled == token, "{respelled}");
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, 4 * 64 * 2);
    }

    #[test]
    fn purpose_context_and_key_are_bound() {
        let keys = keys();
        let token = seal(&keys, Purpose::ConnectionToken, &[b"chat"], |out| out.push(1));
        let open = |purpose, context: &[&[u8]]| open(&keys, purpose, context, MAX, &token).map(drop);
        assert_eq!(open(Purpose::ConnectionToken, &[b"chat"]), Ok(()));
        assert_eq!(open(Purpose::GroupsToken, &[b"chat"]), Err(Broken::Forged));
        assert_eq!(open(Purpose::ConnectionToken, &[b"other"]), Err(Broken::Forged));
        assert_eq!(open(Purpose::ConnectionToken, &[b"ch", b"at"]), Err(Broken::Forged));
        assert_eq!(open(Purpose::ConnectionToken, &[]), Err(Broken::Forged));

        let strangers = SigningKeys::new([SigningKey::new([8; 32]).unwrap()]).unwrap();
        assert_eq!(opened(&strangers, &sealed(&keys, b"x")), Err(Broken::Forged));
    }

    #[test]
    fn a_tag_is_whole_or_nothing() {
        let keys = keys();
        let token = sealed(&keys, b"body");
        let (payload, tag) = token.split_once('.').unwrap();
        for cut in 0..tag.len() {
            assert!(opened(&keys, &format!("{payload}.{}", &tag[..cut])).is_err());
        }
        assert!(opened(&keys, payload).is_err());
        assert!(opened(&keys, "").is_err());
        assert!(opened(&keys, ".").is_err());
        assert!(opened(&keys, &format!(".{tag}")).is_err());
        assert!(open(&keys, Purpose::GroupsToken, &[], token.len() - 1, &token).is_err(), "too long");
    }
}
