//! SQLite.

use std::path::PathBuf;

use crate::process::Folder;

/// A place for a database of SQLite. The file goes with it, and so does what lies beside it while it is open.
#[derive(Debug)]
pub struct Sqlite(Folder);

impl Sqlite {
    /// A place where nothing is yet.
    ///
    /// # Panics
    ///
    /// If no folder can be made for it.
    #[must_use]
    pub fn place() -> Self {
        Self(Folder::new("sqlite"))
    }

    /// The file of the database.
    pub fn path(&self) -> PathBuf {
        self.0.0.join("test.db")
    }
}
