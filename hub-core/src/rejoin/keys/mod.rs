//! Signing keys: one key, the ring that signs and verifies, and where keys come from.
//!
//! | file | subject |
//! |---|---|
//! | `key` | a secret of at least 32 bytes, and what is derived from it |
//! | `ring` | newest first: the first signs, all verify; rotation without restart |
//! | `source` | keys from the environment or a file, and how they are written there |
//! | `error` | why there are no keys |

mod error;
mod key;
mod ring;
mod source;

pub use self::error::{KeyError, KeyPlace};
pub use self::key::{KeyId, SigningKey};
pub use self::ring::SigningKeys;

pub(super) use self::ring::KeyStanding;
