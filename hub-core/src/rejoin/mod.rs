//! Signed tokens: who a connection is, and which groups it comes back to.
//!
//! A *rejoin token* is a signed proof of group membership that the client keeps and hands back
//! when it reconnects, so that membership survives a restarted or another server with no state
//! there. A *connection token* is the secret that proves a request belongs to a connection.
//!
//! Tokens are **signed, not secret**: whoever holds one can read the names in it. They are
//! credentials all the same, so they are never logged; every type here that holds one prints
//! `[redacted]`.
//!
//! | file | subject |
//! |---|---|
//! | [`authority`](TokenAuthority) | what the wires call: issue, verify, when to issue anew |
//! | [`keys`](SigningKeys) | signing keys, the ring, rotation, where keys come from |
//! | [`connection_token`](ConnectionTokens) | connection id and user, nothing stored |
//! | [`claims`](Claims) | what a groups token says, whom it is for, how much it may say |
//! | [`groups_token`](GroupsTokens) | groups per hub, bound to holder, application, wire and time |
//! | [`refused`](TokenRefused) | why a groups token gives nothing |
//! | [`store`](TokenStore) | where tokens too long for a URL wait for their reference |
//! | [`removals`](Removals) | what was taken from a connection since its token was made |
//! | `mac`, `payload` | the one signed byte string, and its fields |
//! | [`clock`](Clock) | the wall clock, or a test's own |
//!
//! The bytes are described in `specs/vectors/tokens/README.md`, with vectors made by an
//! independent implementation. The rules come from sections 4.4, 4.6, 13.2 and 13.3 of
//! `specs/classic-signalr.md` and 10.6 of `specs/core-signalr.md`.
//!
//! ```
//! use hub_core::rejoin::{Generation, Holder, SigningKeys, TokenAuthority};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
//! # runtime.block_on(async {
//! let keys = SigningKeys::generate()?;
//! let authority = TokenAuthority::builder(keys).application("chat").build();
//!
//! let ann = Holder { generation: Generation::Classic, connection: "6f96", user: Some("ann") };
//! let groups = [("chatHub".to_owned(), vec!["lobby".to_owned()])];
//! let issued = authority.issue_groups(ann, 1, &groups).await?;
//!
//! let verified = authority.verify_groups(issued.token(), ann).await?;
//! assert_eq!(verified.groups, groups);
//!
//! let bob = Holder { user: Some("bob"), ..ann };
//! assert!(authority.verify_groups(issued.token(), bob).await.is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod authority;
mod claims;
mod clock;
mod connection_token;
mod groups_token;
mod keys;
mod mac;
mod payload;
mod refused;
mod removals;
mod store;

pub use self::authority::{IssuedGroups, TokenAuthority, TokenAuthorityBuilder};
pub use self::claims::{Claims, Generation, Holder, HubGroups, TokenLimits, VerifiedGroups};
pub use self::clock::Clock;
pub use self::connection_token::{ConnectionTokenError, ConnectionTokens, VerifiedConnection};
pub use self::groups_token::{GroupsTokens, IssueError};
pub use self::keys::{KeyError, KeyId, KeyPlace, SigningKey, SigningKeys};
pub use self::refused::TokenRefused;
pub use self::removals::Removals;
pub use self::store::{FileTokenStore, MemoryTokenStore, StoreError, StoreFuture, TokenReference, TokenStore};
