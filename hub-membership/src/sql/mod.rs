//! Memberships and connections in SQL databases by `sqlx`, the same tables and statements for all of them.
//!
//! | file | subject |
//! |---|---|
//! | `migrations` | the tables |
//! | `name` | names as texts |
//! | `tables` | the statements, written out for each database |
//! | `sqlite`, `postgres` | how each is opened |

mod name;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod tables;

#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;

use std::collections::HashMap;

use hub_core::{GroupName, UserId};
use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

use crate::{ConnectionRow, StoreError};

/// Users of one statement: SQLite binds 32,766 values at the most.
const USERS_AT_ONCE: usize = 1_000;
/// Rows of one statement.
const ROWS_AT_ONCE: usize = 500;

/// Brings the tables up to date. What was done is noted in a table of its own, so that an application keeps its migrations beside these.
fn migrations() -> Migrator {
    let migration = |version, description: &'static str, sql: &'static str| {
        Migration::new(version, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let mut migrator = Migrator::with_migrations(vec![migration(
        1,
        "users, rooms, connections",
        include_str!("migrations/0001_users_rooms_connections.sql"),
    )]);
    migrator.dangerous_set_table_name("hub_membership_migrations");
    migrator
}

fn failed(error: sqlx::Error) -> StoreError {
    StoreError::failed(error)
}

/// A room's name as a group; what another program wrote and cannot be one is left out.
fn group(text: &str) -> Option<GroupName> {
    GroupName::new(name::from_text(text)).ok()
}

fn text_of(name: &str) -> String {
    name::to_text(name).into_owned()
}

/// The answers for many users from rows of user and room.
fn answers(users: &[UserId], rows: Vec<(String, String)>) -> Vec<Vec<GroupName>> {
    let mut by_user: HashMap<String, Vec<GroupName>> = HashMap::new();
    for (user, room) in rows {
        by_user.entry(user).or_default().extend(group(&room));
    }
    users.iter().map(|user| by_user.get(&*name::to_text(user.as_str())).cloned().unwrap_or_default()).collect()
}

/// A row as it is stored: id, user, server, address, user agent, connected.
type StoredRow = (String, Option<String>, String, String, String, bool);

fn connection_row((id, user, server, address, user_agent, connected): StoredRow) -> ConnectionRow {
    let user = user.and_then(|user| UserId::new(name::from_text(&user)).ok());
    ConnectionRow { connection: id, user, server, address, user_agent, connected }
}

/// Seconds since 1970, by the clock of this machine.
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
