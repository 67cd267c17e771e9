//! What a groups token says, before it is signed and after it is verified.

use std::fmt;

use super::mac;
use crate::groups::MAX_NAME_BYTES;

/// The wire a token was issued on. One wire's token is refused on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Generation {
    /// ASP.NET SignalR: a reconnect keeps the connection id.
    Classic,
    /// ASP.NET Core SignalR: a reconnect is a new connection.
    Core,
}

impl Generation {
    /// How the generation stands in a token.
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Classic => 1,
            Self::Core => 2,
        }
    }
}

/// Whom a groups token is for. User ids are compared byte for byte; no user is not the empty user.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Holder<'a> {
    /// The wire the connection speaks.
    pub generation: Generation,
    /// The public connection id.
    pub connection: &'a str,
    /// The user id, if the connection has a user.
    pub user: Option<&'a str>,
}

impl fmt::Debug for Holder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.map(|_| "[redacted]");
        f.debug_struct("Holder")
            .field("generation", &self.generation)
            .field("connection", &self.connection)
            .field("user", &user)
            .finish()
    }
}

/// A hub's name and the names of its groups.
pub type HubGroups<S = String> = (S, Vec<S>);

/// What a groups token says.
#[derive(Debug, Clone, Copy)]
pub struct Claims<'a, S = String> {
    /// Whom it is for.
    pub holder: Holder<'a>,
    /// When it is made, in milliseconds since the Unix epoch.
    pub issued_at_ms: u64,
    /// From when on it is refused, in milliseconds since the Unix epoch.
    pub expires_at_ms: u64,
    /// Which state of the connection's membership it shows: a number that grows with every
    /// change, also over a restart (whoever counts in memory goes on from the wall clock and not
    /// from zero). Of two tokens the higher sequence is the newer.
    pub sequence: u64,
    /// The groups by hub. A hub may be listed without groups.
    pub groups: &'a [HubGroups<S>],
}

/// What a verified groups token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedGroups {
    /// The connection it was issued to; on the core wire the previous one.
    pub connection: String,
    /// [`Claims::sequence`].
    pub sequence: u64,
    /// When it was made, in milliseconds since the Unix epoch.
    pub issued_at_ms: u64,
    /// From when on it is refused, in milliseconds since the Unix epoch.
    pub expires_at_ms: u64,
    /// The groups by hub, in the order and the letters they were issued with.
    pub groups: Vec<HubGroups>,
    /// It was signed with the key that signs today. If not, a new one should be issued.
    pub newest_key: bool,
}

impl VerifiedGroups {
    /// The groups of the hub of exactly this name; `None` if the token does not list it.
    pub fn of_hub(&self, hub: &str) -> Option<&[String]> {
        self.groups.iter().find(|(name, _)| name == hub).map(|(_, groups)| groups.as_slice())
    }
}

/// How much a groups token may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenLimits {
    /// Hubs in one token. Default 64.
    pub max_hubs: usize,
    /// Groups in one token, of all hubs together. Default 1,024.
    pub max_groups: usize,
}

impl Default for TokenLimits {
    fn default() -> Self {
        Self { max_hubs: 64, max_groups: 1024 }
    }
}

impl TokenLimits {
    /// The most characters of a token within these limits.
    pub(super) fn max_chars(self) -> usize {
        // A name with its length; three of them, the numbers and the head are in every token.
        const NAME: usize = MAX_NAME_BYTES + 2;
        const FIXED: usize = mac::HEAD_BYTES + 1 + 1 + 3 * NAME + 4 * 10;
        let hubs = self.max_hubs.saturating_mul(NAME + 10);
        let groups = self.max_groups.saturating_mul(NAME);
        let payload = FIXED.saturating_add(hubs).saturating_add(groups);
        payload.div_ceil(3).saturating_mul(4).saturating_add(mac::TAG_CHARS + 1)
    }
}
