//! The module of `--verify-rejoin`: a connection comes back into the rooms the database has for its user.
//!
//! Without it a connection rejoins the groups its signed token names, which asks no database and is right for most. With it a
//! room that was taken from a user while they were away is not joined again, and neither is one that was only ever joined.

use hub_core::pipeline::{Rejoining, RejoiningNext};
use hub_core::{GroupName, HubModule, HubResult, hub_module};

use crate::rooms::Hearing;
use crate::store::Store;

/// Answers with the database's rooms, whatever the token says. If the database fails, nothing is rejoined.
#[derive(Debug)]
pub struct RejoinFromDatabase {
    store: Store,
}

impl RejoinFromDatabase {
    /// The module over a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[hub_module]
impl HubModule for RejoinFromDatabase {
    async fn rejoining_groups(&self, rejoining: Rejoining<'_>, _: RejoiningNext<'_>) -> HubResult<Vec<GroupName>> {
        let Some(user) = rejoining.user() else { return Ok(Vec::new()) };
        let hearing = Hearing::of(rejoining.request);
        let rooms = self.store.rooms_of(user.name()).await?;
        rooms.iter().map(|room| Ok(GroupName::new(hearing.group(room))?)).collect()
    }
}
