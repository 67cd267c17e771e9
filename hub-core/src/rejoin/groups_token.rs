//! The groups token: which groups a connection was in.

#![deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::sync::Arc;

use super::{
    claims::{Claims, Generation, Holder, HubGroups, TokenLimits, VerifiedGroups},
    keys::{KeyStanding, SigningKeys},
    mac::{self, Broken, Purpose},
    payload::{Reader, put_number, put_optional_text, put_text},
    refused::TokenRefused,
    store::{StoreError, TokenReference},
};
use crate::groups::MAX_NAME_BYTES;

/// How far ahead of this node's clock a token may have been made, in milliseconds.
pub(super) const SKEW_MS: u64 = 60_000;

/// Issues and verifies groups tokens in full; [`TokenAuthority`](super::TokenAuthority) adds the
/// clock and the store.
///
/// The body of the payload, in this order: generation (1 byte), application, connection, user
/// (0, or 1 and the text), issued at, expires at, sequence, number of hubs, and for each hub its
/// name, the number of its groups and their names. Numbers are LEB128, texts have their length in
/// front: `A` and `A.B` cannot be taken for each other, whatever is in a name.
#[derive(Debug, Clone)]
pub struct GroupsTokens {
    keys: SigningKeys,
    application: Arc<str>,
    limits: TokenLimits,
}

impl GroupsTokens {
    /// Tokens of this application, signed with these keys.
    pub fn new(keys: SigningKeys, application: impl Into<Arc<str>>) -> Self {
        Self { keys, application: application.into(), limits: TokenLimits::default() }
    }

    /// With other limits. A token beyond them is neither issued nor accepted.
    #[must_use]
    pub fn with_limits(mut self, limits: TokenLimits) -> Self {
        self.limits = limits;
        self
    }

    /// A token that says this, of letters, digits, `-`, `_` and one `.`.
    ///
    /// # Errors
    ///
    /// [`IssueError`] if it would be beyond the limits; nothing is left out in silence.
    pub fn issue<S: AsRef<str>>(&self, claims: &Claims<'_, S>) -> Result<String, IssueError> {
        self.check(claims)?;
        Ok(mac::seal(&self.keys, Purpose::GroupsToken, &[], |body| {
            body.push(claims.holder.generation.byte());
            put_text(body, &self.application);
            put_text(body, claims.holder.connection);
            put_optional_text(body, claims.holder.user);
            put_number(body, claims.issued_at_ms);
            put_number(body, claims.expires_at_ms);
            put_number(body, claims.sequence);
            put_number(body, claims.groups.len() as u64);
            for (hub, groups) in claims.groups {
                put_text(body, hub.as_ref());
                put_number(body, groups.len() as u64);
                for group in groups {
                    put_text(body, group.as_ref());
                }
            }
        }))
    }

    /// A token with a good tag around any body.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn sealed(&self, bytes: &[u8]) -> String {
        mac::seal(&self.keys, Purpose::GroupsToken, &[], |body| body.extend_from_slice(bytes))
    }

    /// What `token` says, if it is genuine, of this time and for this holder.
    ///
    /// # Errors
    ///
    /// [`TokenRefused`]: the first reason found, the tag's before any other.
    pub fn verify(&self, token: &str, holder: Holder<'_>, now_ms: u64) -> Result<VerifiedGroups, TokenRefused> {
        self.read(token, holder.generation, Some(holder.connection), holder.user, now_ms)
    }

    /// What `token` says of `hub` alone, whichever connection it was issued to: for the core
    /// wire, where a reconnect is a new connection and the token names the previous one.
    ///
    /// That it is good once and only the newest counts is for the caller to see to (10.6 of the
    /// core specification).
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), and [`TokenRefused::WrongHub`] if the token does not list
    /// `hub`.
    pub fn verify_any_connection(
        &self,
        token: &str,
        generation: Generation,
        hub: &str,
        user: Option<&str>,
        now_ms: u64,
    ) -> Result<VerifiedGroups, TokenRefused> {
        let mut verified = self.read(token, generation, None, user, now_ms)?;
        verified.groups.retain(|(name, _)| name == hub);
        if verified.groups.is_empty() {
            return Err(TokenRefused::WrongHub);
        }
        Ok(verified)
    }

    /// The reference under which the tokens of this holder are stored that are made in this
    /// `window` of time.
    ///
    /// It is derived with the signing key and not drawn, so that a newer token takes the older
    /// one's place: a connection whose membership changes all the time holds one place in the
    /// store and not all of them. Nobody without the key can tell it.
    pub(super) fn reference(&self, holder: Holder<'_>, window: u64) -> TokenReference {
        let fields: [&[u8]; 4] = [
            &[holder.generation.byte()],
            self.application.as_bytes(),
            holder.connection.as_bytes(),
            &window.to_be_bytes(),
        ];
        TokenReference::new(mac::derive(&self.keys, Purpose::TokenReference, &fields))
    }

    fn read(
        &self,
        token: &str,
        generation: Generation,
        connection: Option<&str>,
        user: Option<&str>,
        now_ms: u64,
    ) -> Result<VerifiedGroups, TokenRefused> {
        let opened =
            mac::open(&self.keys, Purpose::GroupsToken, &[], self.limits.max_chars(), token).map_err(|broken| {
                match broken {
                    Broken::Malformed => TokenRefused::Malformed,
                    Broken::Forged => TokenRefused::Forged,
                }
            })?;
        if opened.standing == KeyStanding::Retired {
            return Err(TokenRefused::RetiredKey);
        }
        let read = read(opened.body(), self.limits).ok_or(TokenRefused::Malformed)?;
        if read.application != &*self.application {
            return Err(TokenRefused::WrongApplication);
        }
        if read.generation != generation.byte() {
            return Err(TokenRefused::WrongGeneration);
        }
        if connection.is_some_and(|connection| connection != read.connection) {
            return Err(TokenRefused::WrongConnection);
        }
        if read.user != user {
            return Err(TokenRefused::WrongUser);
        }
        if read.issued_at_ms > now_ms.saturating_add(SKEW_MS) {
            return Err(TokenRefused::NotYetValid);
        }
        if read.expires_at_ms <= now_ms {
            return Err(TokenRefused::Expired);
        }
        Ok(VerifiedGroups {
            connection: read.connection.to_owned(),
            sequence: read.sequence,
            issued_at_ms: read.issued_at_ms,
            expires_at_ms: read.expires_at_ms,
            groups: read.groups,
            newest_key: opened.standing == KeyStanding::Newest,
        })
    }

    fn check<S: AsRef<str>>(&self, claims: &Claims<'_, S>) -> Result<(), IssueError> {
        let TokenLimits { max_hubs, max_groups } = self.limits;
        if claims.groups.len() > max_hubs {
            return Err(IssueError::TooManyHubs { maximum: max_hubs });
        }
        let count = claims.groups.iter().fold(0, |sum: usize, (_, groups)| sum.saturating_add(groups.len()));
        if count > max_groups {
            return Err(IssueError::TooManyGroups { maximum: max_groups });
        }
        let holder = &claims.holder;
        let fits = |name: &str| name.len() <= MAX_NAME_BYTES;
        let named = |name: &str| fits(name) && !name.is_empty();
        let names = [
            ("application id", fits(&self.application)),
            ("connection id", fits(holder.connection)),
            ("user id", holder.user.is_none_or(fits)),
            ("hub name", claims.groups.iter().all(|(hub, _)| named(hub.as_ref()))),
            ("group name", claims.groups.iter().flat_map(|(_, groups)| groups).all(|group| named(group.as_ref()))),
        ];
        match names.into_iter().find(|(_, good)| !good) {
            Some((what, _)) => Err(IssueError::Name { what }),
            None => Ok(()),
        }
    }
}

/// The fields of a body, before they are compared with anything.
struct Fields<'a> {
    generation: u8,
    application: &'a str,
    connection: &'a str,
    user: Option<&'a str>,
    issued_at_ms: u64,
    expires_at_ms: u64,
    sequence: u64,
    groups: Vec<HubGroups>,
}

fn read(body: &[u8], limits: TokenLimits) -> Option<Fields<'_>> {
    let mut reader = Reader::new(body);
    let generation = reader.byte()?;
    let application = reader.text(MAX_NAME_BYTES)?;
    let connection = reader.text(MAX_NAME_BYTES)?;
    let user = reader.optional_text(MAX_NAME_BYTES)?;
    let issued_at_ms = reader.number()?;
    let expires_at_ms = reader.number()?;
    let sequence = reader.number()?;
    let mut groups_left = limits.max_groups;
    let hub_count = count(&mut reader, limits.max_hubs)?;
    let mut groups = Vec::with_capacity(hub_count);
    for _ in 0..hub_count {
        let hub = name(&mut reader)?;
        let group_count = count(&mut reader, groups_left)?;
        groups_left = groups_left.checked_sub(group_count)?;
        let names = (0..group_count).map(|_| name(&mut reader)).collect::<Option<Vec<_>>>()?;
        groups.push((hub, names));
    }
    reader.end()?;
    Some(Fields { generation, application, connection, user, issued_at_ms, expires_at_ms, sequence, groups })
}

/// A count that can be true: at most `most`, and of elements that take two bytes or more.
fn count(reader: &mut Reader<'_>, most: usize) -> Option<usize> {
    let count = usize::try_from(reader.number()?).ok()?;
    (count <= most && count <= reader.left() / 2).then_some(count)
}

fn name(reader: &mut Reader<'_>) -> Option<String> {
    let name = reader.text(MAX_NAME_BYTES)?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// Why no groups token was issued. The client keeps the one it has.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// More hubs than a token may list.
    #[error("a groups token lists at most {maximum} hubs")]
    TooManyHubs {
        /// How many it may list.
        maximum: usize,
    },
    /// More groups than a token may list.
    #[error("a groups token lists at most {maximum} groups")]
    TooManyGroups {
        /// How many it may list.
        maximum: usize,
    },
    /// A name of no bytes or of more than [`MAX_NAME_BYTES`](crate::MAX_NAME_BYTES).
    #[error("{what} is not of 1 to {MAX_NAME_BYTES} bytes")]
    Name {
        /// What it names.
        what: &'static str,
    },
    /// The token is too long for the wire, and the store did not take it.
    #[error("the groups token could not be stored")]
    Store(#[source] StoreError),
}

#[cfg(test)]
#[path = "groups_token_tests.rs"]
mod tests;
