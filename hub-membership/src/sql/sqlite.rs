//! SQLite: a file beside the program, and nothing to install.

use std::{path::Path, time::Duration};

use sqlx::{
    Sqlite, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::tables::tables;
use crate::StoreError;

/// Memberships in a file of SQLite. A clone is another handle to the same file.
///
/// For one server; several processes may write to the file, on one machine.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
}

tables!(SqliteStore, Sqlite, "BEGIN IMMEDIATE");

impl SqliteStore {
    /// Opens a file, with it and the tables made if they are not there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the file cannot be made, or is no database.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            // Readers go on while one writes, and a commit need not wait for the disk: after a power cut the last moments may be
            // missing, but never half of one.
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(5));
        let pool =
            SqlitePoolOptions::new().max_connections(4).connect_with(options).await.map_err(StoreError::failed)?;
        Self::of(pool).await
    }

    /// The same in a database that the application has open, which must have its foreign keys on. Its own tables stay as they are;
    /// the names of ours begin with `hub_`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the tables cannot be brought up to date.
    pub async fn of(pool: SqlitePool) -> Result<Self, StoreError> {
        super::migrations().run(&pool).await.map_err(StoreError::failed)?;
        Ok(Self { pool })
    }

    /// The connections to the database, for queries of one's own.
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Closes it when what is under way has ended.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
