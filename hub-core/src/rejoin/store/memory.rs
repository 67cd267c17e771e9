//! Tokens in memory.

use std::{collections::HashMap, future::ready};

use bytes::Bytes;

use super::{StoreError, StoreFuture, TokenReference, TokenStore, shelf::Shelf};
use crate::{lock::Mutex, rejoin::Clock};

/// What an entry costs beside the token: three map nodes and two references.
const ENTRY_BYTES: usize = 160;

/// Keeps tokens in this process: by default at most 64 MiB and 20,000 tokens.
///
/// They end with the process; a client whose token was kept here comes back from a restart with
/// no groups. Where that matters use [`FileTokenStore`](super::FileTokenStore), or in a farm a
/// store that all nodes share.
#[derive(Debug)]
pub struct MemoryTokenStore {
    shelf: Mutex<(Shelf, HashMap<TokenReference, Bytes>)>,
    clock: Clock,
}

impl MemoryTokenStore {
    /// The default for the number of tokens.
    pub const DEFAULT_MAX_TOKENS: usize = 20_000;
    /// The default for their bytes.
    pub const DEFAULT_MAX_BYTES: usize = 64 * 1024 * 1024;

    /// A store within the default bounds.
    pub fn new() -> Self {
        Self::with_limits(Self::DEFAULT_MAX_TOKENS, Self::DEFAULT_MAX_BYTES)
    }

    /// A store of at most this many tokens and bytes, the cost of an entry included.
    pub fn with_limits(max_tokens: usize, max_bytes: usize) -> Self {
        Self { shelf: Mutex::new((Shelf::new(max_tokens, max_bytes), HashMap::new())), clock: Clock::system() }
    }

    /// With another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How many tokens it holds, expired ones included that nobody asked for since.
    pub fn len(&self) -> usize {
        self.shelf.lock().0.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes they take, about.
    pub fn bytes(&self) -> usize {
        self.shelf.lock().0.bytes()
    }

    /// How many tokens had to go before their time to make room.
    pub fn evicted(&self) -> u64 {
        self.shelf.lock().0.evicted()
    }

    fn put_now(&self, reference: TokenReference, token: Bytes, expires_at_ms: u64) -> Result<(), StoreError> {
        let bytes = token.len().saturating_add(ENTRY_BYTES);
        let mut locked = self.shelf.lock();
        let (shelf, tokens) = &mut *locked;
        if !shelf.can_hold(bytes) {
            return Err(StoreError::new("a token is larger than the store"));
        }
        for expired in shelf.expire(self.clock.now_ms()) {
            tokens.remove(&expired);
        }
        for evicted in shelf.place(reference, bytes, expires_at_ms) {
            tokens.remove(&evicted);
        }
        tokens.insert(reference, token);
        Ok(())
    }
}

impl Default for MemoryTokenStore {
    fn default() -> Self {
        Self::new()
    }
}

impl TokenStore for MemoryTokenStore {
    fn put(&self, reference: TokenReference, token: Bytes, expires_at_ms: u64) -> StoreFuture<'_, ()> {
        Box::pin(ready(self.put_now(reference, token, expires_at_ms)))
    }

    fn get(&self, reference: TokenReference) -> StoreFuture<'_, Option<Bytes>> {
        let found = self.shelf.lock().1.get(&reference).cloned();
        Box::pin(ready(Ok(found)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, atomic::AtomicU64, atomic::Ordering};

    use super::*;

    fn reference(number: u8) -> TokenReference {
        TokenReference::new([number; 16])
    }

    #[tokio::test]
    async fn a_token_is_kept_under_its_reference() {
        let store = MemoryTokenStore::new();
        assert_eq!(store.get(reference(1)).await.unwrap(), None);
        store.put(reference(1), Bytes::from_static(b"one"), u64::MAX).await.unwrap();
        store.put(reference(1), Bytes::from_static(b"two"), u64::MAX).await.unwrap();
        assert_eq!(store.get(reference(1)).await.unwrap(), Some(Bytes::from_static(b"two")));
        assert_eq!((store.len(), store.evicted()), (1, 0));
    }

    #[tokio::test]
    async fn memory_is_bounded_and_the_oldest_goes_first() {
        let store = MemoryTokenStore::with_limits(2, 10_000);
        for number in 1..=3 {
            store.put(reference(number), Bytes::from_static(b"x"), u64::MAX - 9 + u64::from(number)).await.unwrap();
        }
        assert_eq!(store.get(reference(1)).await.unwrap(), None);
        assert!(store.get(reference(2)).await.unwrap().is_some());
        assert_eq!((store.len(), store.evicted()), (2, 1));
        store.put(reference(4), vec![0; 9_800].into(), u64::MAX).await.unwrap();
        assert_eq!((store.len(), store.bytes(), store.evicted()), (1, 9_960, 3));
        assert_eq!(store.shelf.lock().1.len(), 1);
        assert!(store.put(reference(5), vec![0; 10_000].into(), u64::MAX).await.is_err());
        assert!(store.get(reference(4)).await.unwrap().is_some(), "nothing had to go for what cannot stay");
    }

    #[tokio::test]
    async fn expired_tokens_make_room() {
        let time = Arc::new(AtomicU64::new(0));
        let store = MemoryTokenStore::new().with_clock(Clock::shared(Arc::clone(&time)));
        store.put(reference(1), Bytes::from_static(b"x"), 10).await.unwrap();
        time.store(10, Ordering::Relaxed);
        store.put(reference(2), Bytes::from_static(b"x"), 20).await.unwrap();
        assert_eq!(store.get(reference(1)).await.unwrap(), None);
        assert_eq!((store.len(), store.evicted()), (1, 0));
    }
}
