#![cfg_attr(all(feature = "sqlite", feature = "azure-table"), doc = include_str!("guide.md"))]
#![cfg_attr(
    not(all(feature = "sqlite", feature = "azure-table")),
    doc = "Group membership that lasts. The documentation with all features is a guide."
)]

pub mod connections;
mod membership;
mod memory;
mod store;

#[cfg(feature = "azure-table")]
mod azure_table;
#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;

#[cfg(feature = "azure-table")]
pub use azure_table::AzureTableStore;
#[doc(inline)]
pub use connections::{ConnectionRow, ConnectionStore, Connections, ConnectionsBuilder, MemoryConnections};
pub use membership::{Membership, MembershipBuilder, StoreFailure};
pub use memory::MemoryStore;
#[cfg(feature = "redis")]
pub use redis::RedisStore;
#[cfg(feature = "postgres")]
pub use sql::PostgresStore;
#[cfg(feature = "sqlite")]
pub use sql::SqliteStore;
pub use store::{GroupDirectory, MembershipStore, StoreError, StoreFuture};
