//! What outlives a connection: users, their connections, the rooms there are and those kept for a user.
//!
//! * `rooms`: which rooms are known, and whose they are.
//! * `connections`: who is here, from where.
//!
//! The hub and the rejoin module see these methods only, not the tables: another store is another [`Store`].

mod connections;
mod rooms;

use sqlx::{Executor, Sqlite, SqlitePool};

pub use rooms::Kept;

/// The chat's tables. A clone is another handle to the same ones.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
}

/// The database did not do what it was asked.
///
/// The user is told nothing of it; the log has the source.
#[derive(Debug, thiserror::Error)]
#[error("the database could not {asked}")]
pub struct StoreError {
    asked: &'static str,
    #[source]
    source: sqlx::Error,
}

impl Store {
    /// The tables behind `pool`, which must be migrated.
    #[must_use]
    pub fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }

    /// Closes the database once what is under way has ended.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Makes `asked` the sentence of an error.
fn failed(asked: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |source| StoreError { asked, source }
}

/// The row of `user`, made if this is the first one hears of them.
async fn user_id(user: &str, database: impl Executor<'_, Database = Sqlite>) -> Result<i64, sqlx::Error> {
    // An update that changes nothing, because a row is returned only where one was written.
    sqlx::query_scalar("INSERT INTO users (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name = name RETURNING id")
        .bind(user)
        .fetch_one(database)
        .await
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::database::Database;

    /// A database of its own in a folder that goes with it.
    pub(super) struct Fresh {
        pub(super) database: Database,
        folder: PathBuf,
    }

    impl Fresh {
        pub(super) fn new(test: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("chat-store-{}-{test}", std::process::id()));
            let database = format!("sqlite:{}", folder.join("chat.db").display()).parse().unwrap();
            Self { database, folder }
        }

        pub(super) async fn store(&self) -> Store {
            Store::new(self.database.open().await.unwrap())
        }
    }

    impl Drop for Fresh {
        fn drop(&mut self) {
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }

    #[tokio::test]
    async fn what_is_stored_is_there_after_a_restart() {
        let fresh = Fresh::new("restart");
        let store = fresh.store().await;
        store.create_room("tea").await.unwrap();
        assert_eq!(store.keep_room("ann", "tea").await.unwrap(), Kept::Yes);
        store.close().await;

        let store = fresh.store().await;
        assert_eq!(store.rooms_of("ann").await.unwrap(), ["tea"]);
        store.close().await;
    }

    #[tokio::test]
    async fn an_error_names_what_was_asked_and_keeps_its_cause() {
        let fresh = Fresh::new("closed");
        let store = fresh.store().await;
        store.close().await;
        let error = store.rooms_of("ann").await.unwrap_err();
        assert_eq!(error.to_string(), "the database could not read the rooms of a user");
        assert!(std::error::Error::source(&error).is_some());
    }
}
