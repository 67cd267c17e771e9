//! A folder in which one test's chat keeps its key and tokens, and a database of its own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use chat::database::{Database, Stores};
use chat::options::Options;
use chat::server::Chat;
use services::{Azurite, Postgres, Redis};

/// Which database a test is run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Sqlite,
    Postgres,
    Redis,
    AzureTable,
}

/// Runs tests on each database, as `sqlite::NAME`, `postgres::NAME`, `redis::NAME` and `azure_table::NAME`.
macro_rules! on_each_database {
    ($($test:ident),* $(,)?) => {
        mod sqlite { $(#[tokio::test] async fn $test() { super::$test($crate::place::On::Sqlite).await; })* }
        mod postgres { $(#[tokio::test] async fn $test() { super::$test($crate::place::On::Postgres).await; })* }
        mod redis { $(#[tokio::test] async fn $test() { super::$test($crate::place::On::Redis).await; })* }
        mod azure_table { $(#[tokio::test] async fn $test() { super::$test($crate::place::On::AzureTable).await; })* }
    };
}
pub(crate) use on_each_database;

/// Where a chat can be started again and again; gone when dropped.
pub(crate) struct Place {
    folder: PathBuf,
    database: Database,
    verify_rejoin: bool,
    _service: Option<Arc<dyn Send + Sync>>,
}

impl Place {
    pub(crate) fn new(test: &str) -> Self {
        Self::on(On::Sqlite, test)
    }

    pub(crate) fn on(on: On, test: &str) -> Self {
        Self::with(on, test, false)
    }

    /// The same, for a chat that verifies.
    pub(crate) fn verifying_on(on: On, test: &str) -> Self {
        Self::with(on, test, true)
    }

    fn with(on: On, test: &str, verify_rejoin: bool) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("chat-{}-{number}-{test}", std::process::id()));
        let (url, service) = match on {
            On::Sqlite => (format!("sqlite:{}", folder.join("chat.db").display()), None),
            On::Postgres => {
                let postgres = POSTGRES.get(Postgres::start);
                (postgres.database(&format!("chat{number}")), Some(postgres as Arc<dyn Send + Sync>))
            }
            On::Redis => {
                let redis = REDIS.get(Redis::start);
                (format!("{}/{number}", redis.url()), Some(redis as Arc<dyn Send + Sync>))
            }
            On::AzureTable => {
                let azurite = AZURITE.get(Azurite::start);
                let url = format!("azure-table:{}Table=chat{number};", azurite.connection_string());
                (url, Some(azurite as Arc<dyn Send + Sync>))
            }
        };
        Self { folder, database: url.parse().unwrap(), verify_rejoin, _service: service }
    }

    /// A chat on what is there. Started while another runs, it is like one that starts when that was killed: it has nothing of it but the files.
    pub(crate) async fn start(&self) -> Chat {
        let options = Options {
            listen: "127.0.0.1:0".to_owned(),
            database: self.database.clone(),
            files: Some(self.folder.clone()),
            verify_rejoin: self.verify_rejoin,
        };
        Chat::open(&options).await.unwrap()
    }

    /// The database as another program opens it.
    pub(crate) async fn stores(&self) -> Stores {
        self.database.open().await.unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// A service that tests share, for as long as one of them uses it.
struct Shared<S>(Mutex<Weak<S>>);

static POSTGRES: Shared<Postgres> = Shared(Mutex::new(Weak::new()));
static REDIS: Shared<Redis> = Shared(Mutex::new(Weak::new()));
static AZURITE: Shared<Azurite> = Shared(Mutex::new(Weak::new()));

impl<S> Shared<S> {
    fn get(&self, start: impl FnOnce() -> S) -> Arc<S> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(service) = shared.upgrade() {
            return service;
        }
        let service = Arc::new(start());
        *shared = Arc::downgrade(&service);
        service
    }
}
