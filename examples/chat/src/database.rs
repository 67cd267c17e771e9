//! Which database the chat runs on, and what is kept beside it.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqlSafeStr, SqlitePool};

/// The chat's database: a file of SQLite, written `sqlite:PATH`.
///
/// Named by a URL so that other databases can be chosen the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    path: PathBuf,
}

/// A database URL that the chat cannot use.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no database that the chat knows: sqlite:PATH is wanted, as in `sqlite:chat.db`")]
pub struct DatabaseUrlError(String);

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder of the database is not there and could not be made.
    #[error("the folder of `{database}` could not be made")]
    Folder {
        /// The database whose folder it is.
        database: Database,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
    /// The file could not be opened as a database.
    #[error("`{database}` could not be opened")]
    Open {
        /// The database that was to be opened.
        database: Database,
        /// What SQLite said.
        #[source]
        source: sqlx::Error,
    },
    /// The tables could not be brought to this version of the chat.
    #[error("the tables of `{database}` could not be brought up to date")]
    Migrate {
        /// The database whose tables these are.
        database: Database,
        /// The migration that failed.
        #[source]
        source: MigrateError,
    },
}

impl Database {
    /// The file of the signing keys: `chat.key` beside `chat.db`.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.beside("key")
    }

    /// The folder of tokens too large for a URL: `chat.tokens` beside `chat.db`.
    #[must_use]
    pub fn token_folder(&self) -> PathBuf {
        self.beside("tokens")
    }

    /// `.db` gives way to `ending`; any other name keeps its own, so that no two databases share a key.
    fn beside(&self, ending: &str) -> PathBuf {
        if self.path.extension().is_some_and(|extension| extension == "db") {
            return self.path.with_extension(ending);
        }
        let mut path = self.path.clone().into_os_string();
        path.push(".");
        path.push(ending);
        path.into()
    }

    /// Opens the database, with its file, folder and tables made if they are not there.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the place cannot be written, the file is no database, or it comes from a later version of the chat.
    pub async fn open(&self) -> Result<SqlitePool, OpenError> {
        if let Some(folder) = self.path.parent().filter(|folder| *folder != Path::new("")) {
            fs::create_dir_all(folder).map_err(|source| OpenError::Folder { database: self.clone(), source })?;
        }
        let options = SqliteConnectOptions::new()
            .filename(&self.path)
            .create_if_missing(true)
            .foreign_keys(true)
            // Readers go on while one writes, and a commit need not wait for the disk: after a power
            // cut the last moments may be missing, but never half of one.
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await
            .map_err(|source| OpenError::Open { database: self.clone(), source })?;
        migrations().run(&pool).await.map_err(|source| OpenError::Migrate { database: self.clone(), source })?;
        Ok(pool)
    }
}

impl FromStr for Database {
    type Err = DatabaseUrlError;

    /// Takes what follows `sqlite:` as a path, as it stands: nothing in it is decoded.
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let path = url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path));
        match path {
            // In memory there would be no place for the key, and so no way back after a restart.
            Some("" | ":memory:") | None => Err(DatabaseUrlError(url.to_owned())),
            Some(path) => Ok(Self { path: PathBuf::from(path) }),
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sqlite:{}", self.path.display())
    }
}

/// The files of `migrations/`, oldest first.
///
/// Listed by hand: the macro that would read the folder costs a second build of SQLite.
fn migrations() -> Migrator {
    let migration = |version, description: &'static str, sql: &'static str| {
        Migration::new(version, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(vec![migration(
        1,
        "rooms, users, connections",
        include_str!("../migrations/0001_rooms_users_connections.sql"),
    )])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_and_tokens_stand_beside_the_database() {
        let database: Database = "sqlite:data/my chat.db".parse().unwrap();
        assert_eq!(database.key_file(), Path::new("data/my chat.key"));
        assert_eq!(database.token_folder(), Path::new("data/my chat.tokens"));
        assert_eq!(database.to_string(), "sqlite:data/my chat.db");
        let database: Database = "sqlite:chat.key".parse().unwrap();
        assert_eq!(database.key_file(), Path::new("chat.key.key"), "never the database itself");
    }

    #[test]
    fn two_slashes_are_part_of_the_url() {
        assert_eq!("sqlite://chat.db".parse::<Database>(), "sqlite:chat.db".parse());
        assert_eq!("sqlite:///var/chat.db".parse::<Database>().unwrap().key_file(), Path::new("/var/chat.key"));
    }

    #[test]
    fn a_database_that_is_no_file_is_refused() {
        for url in ["", "chat.db", "sqlite:", "sqlite::memory:", "postgres://localhost/chat"] {
            assert_eq!(url.parse::<Database>(), Err(DatabaseUrlError(url.to_owned())));
        }
    }
}
