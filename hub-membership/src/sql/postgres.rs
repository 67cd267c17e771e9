//! PostgreSQL.

use std::time::Duration;

use sqlx::{PgPool, Postgres, postgres::PgPoolOptions};

use super::tables::tables;
use crate::StoreError;

/// Memberships in PostgreSQL. A clone is another handle to the same database.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    pool: PgPool,
}

tables!(PostgresStore, Postgres, "BEGIN");

impl PostgresStore {
    /// Connects to a database, `postgres://user:password@host/database`, by at most ten connections, and makes the tables if they are not there. TLS needs the
    /// feature `tls`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be reached within 5 s, or the tables cannot be brought up to date.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let options = PgPoolOptions::new().max_connections(10).acquire_timeout(Duration::from_secs(5));
        Self::of(options.connect(url).await.map_err(StoreError::failed)?).await
    }

    /// The same in a database that the application has open. Its own tables stay as they are; the names of ours begin with `hub_`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the tables cannot be brought up to date.
    pub async fn of(pool: PgPool) -> Result<Self, StoreError> {
        super::migrations().run(&pool).await.map_err(StoreError::failed)?;
        Ok(Self { pool })
    }

    /// The connections to the database, for queries of one's own.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Closes it when what is under way has ended.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
