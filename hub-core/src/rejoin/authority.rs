//! What the wires call.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    Claims, Clock, ConnectionTokenError, ConnectionTokens, Generation, GroupsTokens, Holder, HubGroups, IssueError,
    MemoryTokenStore, SigningKeys, StoreError, TokenLimits, TokenReference, TokenRefused, TokenStore,
    VerifiedConnection, VerifiedGroups, groups_token::SKEW_MS,
};

/// Issues and verifies all tokens of one server: keys, application, life, store and clock in one.
///
/// Cheap to clone. The defaults: application `hubs`, a life of 10 min and the disconnect window of
/// 30 s, tokens too long for their wire in memory.
#[derive(Debug, Clone)]
pub struct TokenAuthority {
    keys: SigningKeys,
    connections: ConnectionTokens,
    groups: GroupsTokens,
    life: Duration,
    store: Arc<dyn TokenStore>,
    store_timeout: Duration,
    clock: Clock,
}

impl TokenAuthority {
    /// An authority with the defaults, to be changed.
    pub fn builder(keys: SigningKeys) -> TokenAuthorityBuilder {
        TokenAuthorityBuilder {
            keys,
            application: "hubs".into(),
            token_life: Duration::from_mins(10),
            disconnect_window: Duration::from_secs(30),
            limits: TokenLimits::default(),
            store: None,
            store_timeout: Duration::from_secs(2),
            clock: Clock::system(),
        }
    }

    /// A connection token, as [`ConnectionTokens::issue`].
    pub fn issue_connection(&self, connection: &str, user: Option<&str>) -> String {
        self.connections.issue(connection, user)
    }

    /// Verifies a connection token, as [`ConnectionTokens::verify`].
    ///
    /// # Errors
    ///
    /// [`ConnectionTokenError`].
    pub fn verify_connection(
        &self,
        token: &str,
        user: Option<&str>,
    ) -> Result<VerifiedConnection, ConnectionTokenError> {
        self.connections.verify(token, user)
    }

    /// A groups token made now, with a life from now: the token itself, or a reference to it if
    /// it is longer than the wire allows (classic: 1,024 characters, as it travels in a URL;
    /// core: 24 KiB).
    ///
    /// The references of a connection change once in a token life; in between a newer token takes
    /// the place of the older one. So issue for one connection one after the other, or the older
    /// state may stay. Ready at once, unless the store has to be asked.
    ///
    /// # Errors
    ///
    /// [`IssueError`], then the client keeps the token it has.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future may leave a token in the store that nobody has a reference to.
    pub async fn issue_groups<S: AsRef<str>>(
        &self,
        holder: Holder<'_>,
        sequence: u64,
        groups: &[HubGroups<S>],
    ) -> Result<IssuedGroups, IssueError> {
        let issued_at_ms = self.clock.now_ms();
        let expires_at_ms = issued_at_ms.saturating_add(self.life_ms());
        let token = self.groups.issue(&Claims { holder, issued_at_ms, expires_at_ms, sequence, groups })?;
        if token.len() <= max_inline_chars(holder.generation) {
            return Ok(IssuedGroups { token, issued_at_ms, expires_at_ms, by_reference: false });
        }
        let window = issued_at_ms.checked_div(self.life_ms()).unwrap_or_default();
        let reference = self.groups.reference(holder, window);
        let stored = self.store.put(reference, token.into(), expires_at_ms);
        tokio::time::timeout(self.store_timeout, stored)
            .await
            .unwrap_or_else(|late| Err(StoreError::new(late)))
            .map_err(IssueError::Store)?;
        Ok(IssuedGroups { token: reference.to_wire(), issued_at_ms, expires_at_ms, by_reference: true })
    }

    /// What a groups token says, or the token that a reference names, if it is genuine, of this
    /// time and for this holder.
    ///
    /// What was removed since is still in it: see [`Removals::filter`](super::Removals::filter).
    ///
    /// # Errors
    ///
    /// [`TokenRefused`]. Why a store failed is in the log.
    ///
    /// # Cancel safety
    ///
    /// Changes nothing, so it can be dropped at any time.
    pub async fn verify_groups(&self, token: &str, holder: Holder<'_>) -> Result<VerifiedGroups, TokenRefused> {
        match self.resolve(token).await? {
            Some(stored) => self.groups.verify(text(&stored)?, holder, self.clock.now_ms()),
            None => self.groups.verify(token, holder, self.clock.now_ms()),
        }
    }

    /// As [`verify_groups`](Self::verify_groups) for one hub and whichever connection the token
    /// was issued to, as [`GroupsTokens::verify_any_connection`].
    ///
    /// # Errors
    ///
    /// [`TokenRefused`]. Why a store failed is in the log.
    pub async fn verify_groups_of_any_connection(
        &self,
        token: &str,
        generation: Generation,
        hub: &str,
        user: Option<&str>,
    ) -> Result<VerifiedGroups, TokenRefused> {
        let stored = self.resolve(token).await?;
        let token = match &stored {
            Some(stored) => text(stored)?,
            None => token,
        };
        self.groups.verify_any_connection(token, generation, hub, user, self.clock.now_ms())
    }

    /// Whether a token made at `issued_at_ms` should be issued anew at `now_ms`: when half its
    /// life is over, or when it was made so far ahead of the clock that it is not valid yet
    /// (a clock was set back).
    ///
    /// A token should also be issued anew when the [membership](VerifiedGroups::sequence) or the
    /// [key](SigningKeys::revision) has changed.
    pub fn should_reissue(&self, issued_at_ms: u64, now_ms: u64) -> bool {
        let half_life_ms = self.life_ms() / 2;
        now_ms >= issued_at_ms.saturating_add(half_life_ms) || issued_at_ms > now_ms.saturating_add(SKEW_MS)
    }

    /// From issue to expiry: the token life and the disconnect window.
    pub fn life(&self) -> Duration {
        self.life
    }

    /// The keys, for rotation.
    pub fn keys(&self) -> &SigningKeys {
        &self.keys
    }

    /// The clock that tokens are made and judged by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    fn life_ms(&self) -> u64 {
        u64::try_from(self.life.as_millis()).unwrap_or(u64::MAX)
    }

    /// What a reference names; `None` for what is no reference. A reference to a reference is
    /// not followed.
    async fn resolve(&self, token: &str) -> Result<Option<bytes::Bytes>, TokenRefused> {
        let Some(reference) = TokenReference::from_wire(token) else { return Ok(None) };
        let reference = reference.map_err(|_| TokenRefused::Malformed)?;
        let found = tokio::time::timeout(self.store_timeout, self.store.get(reference)).await;
        match found.unwrap_or_else(|late| Err(StoreError::new(late))) {
            Ok(Some(stored)) => Ok(Some(stored)),
            Ok(None) => Err(TokenRefused::ReferenceLost),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(cause, "{error}");
                Err(TokenRefused::StoreFailed)
            }
        }
    }
}

/// The longest token that travels itself (13.3 of the classic specification, 10.6 of the core one).
fn max_inline_chars(generation: Generation) -> usize {
    match generation {
        Generation::Classic => 1024,
        Generation::Core => 24 * 1024,
    }
}

fn text(stored: &[u8]) -> Result<&str, TokenRefused> {
    std::str::from_utf8(stored).map_err(|_| TokenRefused::Malformed)
}

/// A groups token as the client is given it.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedGroups {
    token: String,
    /// When it was made, in milliseconds since the Unix epoch.
    pub issued_at_ms: u64,
    /// From when on it is refused, in milliseconds since the Unix epoch.
    pub expires_at_ms: u64,
    /// The client holds a reference, and the store the token.
    pub by_reference: bool,
}

impl IssuedGroups {
    /// What the client is given: letters, digits, `-`, `_` and one `.`. Never log it.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What the client is given.
    pub fn into_token(self) -> String {
        self.token
    }
}

impl fmt::Debug for IssuedGroups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedGroups")
            .field("token", &"[redacted]")
            .field("issued_at_ms", &self.issued_at_ms)
            .field("expires_at_ms", &self.expires_at_ms)
            .field("by_reference", &self.by_reference)
            .finish()
    }
}

/// What a [`TokenAuthority`] is made of.
#[derive(Debug, Clone)]
pub struct TokenAuthorityBuilder {
    keys: SigningKeys,
    application: Arc<str>,
    token_life: Duration,
    disconnect_window: Duration,
    limits: TokenLimits,
    store: Option<Arc<dyn TokenStore>>,
    store_timeout: Duration,
    clock: Clock,
}

impl TokenAuthorityBuilder {
    /// The application id, so that two applications with the same keys do not take each other's
    /// tokens. At most [`MAX_NAME_BYTES`](crate::MAX_NAME_BYTES).
    #[must_use]
    pub fn application(mut self, id: impl Into<Arc<str>>) -> Self {
        self.application = id.into();
        self
    }

    /// How long a groups token is good for a client that is connected. Default 10 min.
    #[must_use]
    pub fn token_life(mut self, life: Duration) -> Self {
        self.token_life = life;
        self
    }

    /// How long a client may take to come back; added to the life. Default 30 s.
    #[must_use]
    pub fn disconnect_window(mut self, window: Duration) -> Self {
        self.disconnect_window = window;
        self
    }

    /// How much a groups token may say. Default 64 hubs, 1,024 groups.
    #[must_use]
    pub fn limits(mut self, limits: TokenLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Where tokens wait that are too long for their wire. Default a [`MemoryTokenStore`].
    #[must_use]
    pub fn store(mut self, store: impl TokenStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// As [`store`](Self::store), for one that is shared.
    #[must_use]
    pub fn shared_store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// How long the store may take before it counts as failed. Default 2 s.
    #[must_use]
    pub fn store_timeout(mut self, timeout: Duration) -> Self {
        self.store_timeout = timeout;
        self
    }

    /// Another clock than the system's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The authority.
    pub fn build(self) -> TokenAuthority {
        let Self { keys, application, token_life, disconnect_window, limits, store, store_timeout, clock } = self;
        TokenAuthority {
            connections: ConnectionTokens::new(keys.clone(), Arc::clone(&application)),
            groups: GroupsTokens::new(keys.clone(), application).with_limits(limits),
            keys,
            life: token_life.saturating_add(disconnect_window),
            store: store.unwrap_or_else(|| Arc::new(MemoryTokenStore::new().with_clock(clock.clone()))),
            store_timeout,
            clock,
        }
    }
}

#[cfg(test)]
#[path = "authority_tests.rs"]
mod tests;
