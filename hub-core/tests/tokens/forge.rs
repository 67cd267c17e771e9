//! What a forger works with: real tokens, taken apart, and tools to put others together.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use hub_core::rejoin::{
    Claims, ConnectionTokenError, ConnectionTokens, Generation, GroupsTokens, Holder, HubGroups, SigningKey,
    SigningKeys, TokenRefused,
};
use sha2::Sha256;

use crate::random::Random;

pub(crate) const NOW: u64 = 1_764_000_000_000;
pub(crate) const FIRST: [u8; 32] = [0x11; 32];
pub(crate) const SECOND: [u8; 32] = [0x22; 32];

pub(crate) const CONNECTION_PURPOSE: &str = "hubs-for-rust connection-token";
pub(crate) const GROUPS_PURPOSE: &str = "hubs-for-rust groups-token";

/// Two kinds of token, and the verifiers of one server.
pub(crate) struct Server {
    pub(crate) groups: GroupsTokens,
    pub(crate) connections: ConnectionTokens,
    pub(crate) keys: SigningKeys,
}

impl Server {
    pub(crate) fn new() -> Self {
        let keys = [FIRST, SECOND].map(|key| SigningKey::new(key).expect("32 bytes"));
        let keys = SigningKeys::new(keys).expect("two keys");
        Self {
            groups: GroupsTokens::new(keys.clone(), "chat"),
            connections: ConnectionTokens::new(keys.clone(), "chat"),
            keys,
        }
    }

    /// What the server says to `candidate` when the holder of `real` brings it: `None` as it
    /// should be, else what it got wrong. Not even a wrong holder may be seen: that would mean
    /// that the tag held.
    pub(crate) fn mistake(&self, candidate: &str, real: &Real) -> Option<String> {
        let holder = real.holder();
        let wrong = |found: Result<(), TokenRefused>| match found {
            Err(TokenRefused::Malformed | TokenRefused::Forged) => None,
            other => Some(format!("{other:?} as a groups token")),
        };
        let found = self.groups.verify(candidate, holder, NOW).map(drop);
        wrong(found).or_else(|| match self.connections.verify(candidate, holder.user) {
            Err(ConnectionTokenError::Invalid) => None,
            other => Some(format!("{other:?} as a connection token")),
        })
    }
}

/// Whose groups or whose connection.
#[derive(Clone)]
pub(crate) struct Real {
    pub(crate) connection: String,
    pub(crate) user: Option<String>,
    pub(crate) generation: Generation,
    pub(crate) is_groups: bool,
    pub(crate) sequence: u64,
    pub(crate) groups: Vec<HubGroups>,
    pub(crate) token: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) tag: Vec<u8>,
}

impl Real {
    /// A token like those of a chat, of a kind and a content that the random numbers say.
    pub(crate) fn draw(server: &Server, random: &mut Random) -> Self {
        let hubs = ["chatHub", "A", "A.B", "stockTicker"];
        let rooms = ["lobby", "secret", "a.b", "käse", "x"];
        let mut groups: Vec<HubGroups> = Vec::new();
        for hub in &hubs[..random.below(3)] {
            let names = (0..random.below(6)).map(|_| format!("{}{}", random.pick(&rooms), random.below(1000)));
            groups.push(((*hub).to_owned(), names.collect()));
        }
        let mut real = Self {
            connection: format!("{:016x}-{:08x}", random.number(), random.below(1 << 30)),
            user: random.pick(&[None, Some(""), Some("ann"), Some("bob"), Some("änn")]).map(str::to_owned),
            generation: *random.pick(&[Generation::Classic, Generation::Core]),
            is_groups: random.below(3) > 0,
            sequence: random.number() >> random.below(64),
            groups,
            token: String::new(),
            payload: Vec::new(),
            tag: Vec::new(),
        };
        real.token = if real.is_groups {
            server.groups.issue(&real.claims()).expect("within the limits")
        } else {
            server.connections.issue(&real.connection, real.user.as_deref())
        };
        let (payload, tag) = real.token.split_once('.').expect("a token has two parts");
        real.payload = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
        real.tag = URL_SAFE_NO_PAD.decode(tag).expect("base64url");
        real
    }

    pub(crate) fn holder(&self) -> Holder<'_> {
        Holder { generation: self.generation, connection: &self.connection, user: self.user.as_deref() }
    }

    pub(crate) fn claims(&self) -> Claims<'_> {
        Claims {
            holder: self.holder(),
            issued_at_ms: NOW - 1_000,
            expires_at_ms: NOW + 629_000,
            sequence: self.sequence,
            groups: &self.groups,
        }
    }
}

/// A payload and a tag as a token.
pub(crate) fn joined(payload: &[u8], tag: &[u8]) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(payload), URL_SAFE_NO_PAD.encode(tag))
}

/// The sub-key of a purpose, by HKDF-SHA256 written out.
pub(crate) fn sub_key(key: &[u8], purpose: &str) -> [u8; 32] {
    let extracted = hmac(b"hubs-for-rust rejoin 1", &[key]);
    hmac(&extracted, &[purpose.as_bytes(), &[1]])
}

/// The tag that `key` gives a payload for a purpose.
pub(crate) fn tag(key: &[u8], purpose: &str, payload: &[u8]) -> [u8; 32] {
    let length = |bytes: &[u8]| (bytes.len() as u64).to_be_bytes();
    hmac(key, &[&length(purpose.as_bytes()), purpose.as_bytes(), &length(&[1]), &[1], &length(payload), payload])
}

pub(crate) fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
