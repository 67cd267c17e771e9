//! Which database the chat keeps memberships in, and where its files are.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use hub_membership::{
    AzureTableStore, ConnectionStore, GroupDirectory, MembershipStore, PostgresStore, RedisStore, SqliteStore,
    StoreError,
};

/// The table of a storage account that is used unless the connection string says `Table=` something else.
const TABLE: &str = "chat";

/// The chat's database.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// `sqlite:PATH`: a file, made if it is not there.
    Sqlite(PathBuf),
    /// `postgres:`, the rest of a URL of PostgreSQL.
    Postgres(String),
    /// `redis:` or `rediss:`, the rest of a URL of Redis.
    Redis(String),
    /// `azure-table:` and a connection string of a storage account.
    AzureTable(String),
}

/// A database URL that the chat cannot use. It is not repeated, since it may have a password in it.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[error(
    "the database is no database that the chat knows: wanted is sqlite:PATH, postgres://USER:PASSWORD@HOST/NAME, redis://HOST/NUMBER or azure-table:CONNECTION-STRING"
)]
pub struct DatabaseUrlError;

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder of the database or of the chat's files is not there and could not be made.
    #[error("the folder `{}` could not be made", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
    /// The database could not be opened, or its tables could not be brought to this version of the chat.
    #[error("`{database}` could not be opened")]
    Open {
        /// The database that was to be opened.
        database: Database,
        /// What it said.
        #[source]
        source: StoreError,
    },
}

/// An open database, as the parts of the chat see it.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Whose rooms are whose.
    pub memberships: Arc<dyn MembershipStore>,
    /// Which rooms there are.
    pub rooms: Arc<dyn GroupDirectory>,
    /// Who is connected; the SQL databases have such a table.
    pub connections: Option<Arc<dyn ConnectionStore>>,
}

impl Database {
    /// The folder and the name of the chat's files: beside a database that is a file, otherwise where the chat was started.
    fn files(&self) -> PathBuf {
        match self {
            // `.db` gives way to an ending; any other name keeps its own, so that no two databases share a key.
            Self::Sqlite(path) if path.extension().is_some_and(|extension| extension == "db") => {
                path.with_extension("")
            }
            Self::Sqlite(path) => path.clone(),
            _ => PathBuf::from("chat"),
        }
    }

    /// The file of the signing keys, in `folder` if one is given: `chat.key` beside `chat.db`.
    #[must_use]
    pub fn key_file(&self, folder: Option<&Path>) -> PathBuf {
        self.file(folder, ".key")
    }

    /// The folder of tokens too large for a URL: `chat.tokens` beside `chat.db`.
    #[must_use]
    pub fn token_folder(&self, folder: Option<&Path>) -> PathBuf {
        self.file(folder, ".tokens")
    }

    fn file(&self, folder: Option<&Path>, ending: &str) -> PathBuf {
        let beside = self.files();
        let mut path = match folder {
            Some(folder) => folder.join(beside.file_name().unwrap_or_default()),
            None => beside,
        }
        .into_os_string();
        path.push(ending);
        path.into()
    }

    /// Opens the database, with what it needs made if it is not there.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if it cannot be reached or written, or comes from a later version of the chat.
    pub async fn open(&self) -> Result<Stores, OpenError> {
        let failed = |source| OpenError::Open { database: self.clone(), source };
        match self {
            Self::Sqlite(path) => {
                if let Some(folder) = path.parent() {
                    make(folder)?;
                }
                let store = SqliteStore::open(path).await.map_err(failed)?;
                Ok(Stores::with_connections(Arc::new(store)))
            }
            Self::Postgres(url) => {
                let store = PostgresStore::connect(url).await.map_err(failed)?;
                Ok(Stores::with_connections(Arc::new(store)))
            }
            Self::Redis(url) => Ok(Stores::of(Arc::new(RedisStore::connect(url).await.map_err(failed)?))),
            Self::AzureTable(account) => {
                let field = |field: &str| field.strip_prefix("Table=").map(str::to_owned);
                let table = account.split(';').find_map(field).unwrap_or_else(|| TABLE.to_owned());
                Ok(Stores::of(Arc::new(AzureTableStore::open(account, &table).await.map_err(failed)?)))
            }
        }
    }
}

impl Stores {
    fn of<S: MembershipStore + GroupDirectory>(store: Arc<S>) -> Self {
        Self { memberships: store.clone(), rooms: store, connections: None }
    }

    fn with_connections<S: MembershipStore + GroupDirectory + ConnectionStore>(store: Arc<S>) -> Self {
        Self { connections: Some(store.clone()), ..Self::of(store) }
    }
}

/// Makes a folder that is not there.
pub(crate) fn make(folder: &Path) -> Result<(), OpenError> {
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(|source| OpenError::Folder { folder: folder.to_owned(), source })
}

impl FromStr for Database {
    type Err = DatabaseUrlError;

    /// Takes what follows `sqlite:` as a path, as it stands: nothing in it is decoded.
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let (kind, rest) = url.split_once(':').ok_or(DatabaseUrlError)?;
        match (kind, rest.strip_prefix("//").unwrap_or(rest)) {
            // In memory there would be no place for the key, and so no way back after a restart.
            (_, "") | ("sqlite", ":memory:") => Err(DatabaseUrlError),
            ("sqlite", path) => Ok(Self::Sqlite(PathBuf::from(path))),
            ("postgres" | "postgresql", _) => Ok(Self::Postgres(url.to_owned())),
            ("redis" | "rediss", _) => Ok(Self::Redis(url.to_owned())),
            ("azure-table", _) => Ok(Self::AzureTable(rest.to_owned())),
            _ => Err(DatabaseUrlError),
        }
    }
}

impl fmt::Display for Database {
    /// Without what may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres"),
            Self::Redis(_) => f.write_str("redis"),
            Self::AzureTable(_) => f.write_str("azure-table"),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_and_tokens_stand_beside_the_database() {
        let database: Database = "sqlite:data/my chat.db".parse().unwrap();
        assert_eq!(database.key_file(None), Path::new("data/my chat.key"));
        assert_eq!(database.token_folder(None), Path::new("data/my chat.tokens"));
        assert_eq!(database.key_file(Some(Path::new("keys"))), Path::new("keys/my chat.key"));
        assert_eq!(database.to_string(), "sqlite:data/my chat.db");
        let database: Database = "sqlite:chat.key".parse().unwrap();
        assert_eq!(database.key_file(None), Path::new("chat.key.key"), "never the database itself");
        let database: Database = "redis://localhost".parse().unwrap();
        assert_eq!(database.key_file(None), Path::new("chat.key"));
        assert_eq!(database.token_folder(Some(Path::new("/var/chat"))), Path::new("/var/chat/chat.tokens"));
    }

    #[test]
    fn two_slashes_are_part_of_the_url() {
        assert_eq!("sqlite://chat.db".parse::<Database>(), "sqlite:chat.db".parse());
        assert_eq!("sqlite:///var/chat.db".parse::<Database>().unwrap().key_file(None), Path::new("/var/chat.key"));
    }

    #[test]
    fn a_database_is_known_by_how_its_url_begins() {
        let kind = |url: &str| url.parse::<Database>().map(|database| database.to_string());
        assert_eq!(kind("postgres://ann:secret@host/chat").as_deref(), Ok("postgres"), "without the password");
        assert_eq!(kind("postgresql://host/chat").as_deref(), Ok("postgres"));
        assert_eq!(kind("rediss://:secret@host/1").as_deref(), Ok("redis"));
        assert_eq!(kind("azure-table:UseDevelopmentStorage=true").as_deref(), Ok("azure-table"));
        for url in ["", "chat.db", "sqlite:", "sqlite::memory:", "mysql://localhost/chat", "redis:", "azure-table:"] {
            assert_eq!(kind(url), Err(DatabaseUrlError), "{url}");
        }
    }
}
