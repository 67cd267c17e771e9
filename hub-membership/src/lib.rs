//! Group membership that lasts, for hubs of [`hub_core`].
//!
//! Membership belongs to a connection and ends with it. An application that keeps it for its *users* adds one pipeline module,
//! [`Membership`], over one [`MembershipStore`].
//!
//! | feature | store |
//! |---|---|
//! | | [`MemoryStore`], for tests |

mod membership;
mod memory;
mod store;

#[cfg(feature = "contract")]
pub mod contract;

pub use membership::{Membership, MembershipBuilder, StoreFailure};
pub use memory::MemoryStore;
pub use store::{GroupDirectory, MembershipStore, StoreError, StoreFuture};
