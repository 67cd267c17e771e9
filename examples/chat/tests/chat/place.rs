//! A folder in which one test's chat keeps its database, key and tokens.

use std::path::PathBuf;

use chat::options::Options;
use chat::server::Chat;

/// Where a chat can be started again and again; gone when dropped.
pub(crate) struct Place {
    folder: PathBuf,
    verify_rejoin: bool,
}

impl Place {
    pub(crate) fn new(test: &str) -> Self {
        Self::with(test, false)
    }

    /// The same, for a chat that verifies.
    pub(crate) fn verifying(test: &str) -> Self {
        Self::with(test, true)
    }

    fn with(test: &str, verify_rejoin: bool) -> Self {
        let folder = std::env::temp_dir().join(format!("chat-{}-{test}", std::process::id()));
        Self { folder, verify_rejoin }
    }

    /// A chat on what is there. Started while another runs, it is like one that starts when that was killed: it has nothing of it but the files.
    pub(crate) async fn start(&self) -> Chat {
        let database = format!("sqlite:{}", self.folder.join("chat.db").display());
        let options = Options {
            listen: "127.0.0.1:0".to_owned(),
            database: database.parse().unwrap(),
            verify_rejoin: self.verify_rejoin,
        };
        Chat::open(&options).await.unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
