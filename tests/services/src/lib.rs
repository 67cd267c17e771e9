//! Databases of a test's own, started by it on free ports, in folders that go with them. `tests/run` installs the programs.
//!
//! * `process`: a program, what it says, and its end.
//! * `postgres`, `redis`, `azurite`: one each; `sqlite`: a file.

#![allow(clippy::panic, reason = "this is how a test hears that what it needs is not there")]

mod azurite;
mod postgres;
mod process;
mod redis;
mod sqlite;

pub use azurite::Azurite;
pub use postgres::Postgres;
pub use redis::Redis;
pub use sqlite::Sqlite;
