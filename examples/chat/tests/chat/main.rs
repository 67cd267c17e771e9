//! The whole chat but for its listener: sign-in, hub, rejoin, restarts.
//!
//! * `client`, `core_client`: a client of each wire by long polling, straight into the application.
//! * `place`: a folder and a database for one test's chat. Most tests run on each database.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy.toml allows them in test functions, not in what these share"
)]

mod client;
mod core_client;
mod place;

mod generations;
mod rejoin;
mod rooms;
mod sign_in;
mod stores;
