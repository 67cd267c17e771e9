//! Where tokens wait that are too long to travel.
//!
//! A groups token that does not fit is put into a [`TokenStore`], and the client is given a
//! [`TokenReference`] in its place. The stored token is itself signed and bound, so whoever
//! guesses or steals a reference has gained nothing, and neither has whoever can write to the
//! store.
//!
//! | file | subject |
//! |---|---|
//! | `reference` | the name of a stored token |
//! | `memory` | tokens in this process, the default |
//! | `file` | a folder with one file per token |
//! | `shelf` | which tokens are kept: the bounds both have |

mod file;
mod memory;
mod reference;
mod shelf;

use std::{error::Error, fmt, pin::Pin};

use bytes::Bytes;

pub use self::file::FileTokenStore;
pub use self::memory::MemoryTokenStore;
pub use self::reference::TokenReference;

/// What a [`TokenStore`]'s methods return.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Keeps tokens under their references for the time of their life.
///
/// Bounded: a store that is full forgets what would expire first, and counts it. A token that
/// was forgotten is refused as a lost reference when it is asked for; nothing else happens.
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// Keeps `token` until `expires_at_ms` (milliseconds since the Unix epoch), in place of what
    /// `reference` named before.
    fn put(&self, reference: TokenReference, token: Bytes, expires_at_ms: u64) -> StoreFuture<'_, ()>;

    /// The token that `reference` names; `None` if there is none or no longer. One that has
    /// expired may still be given out: whoever verifies it sees that.
    fn get(&self, reference: TokenReference) -> StoreFuture<'_, Option<Bytes>>;
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("the token store failed")]
pub struct StoreError(#[source] Box<dyn Error + Send + Sync>);

impl StoreError {
    /// An error with this cause, which goes to the log alone.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}
