//! A chat with rooms on hubs for Rust.
//!
//! | module | subject |
//! |---|---|
//! | [`options`] | the command line |
//! | [`database`] | which database, and where the chat's files are |
//! | [`sign_in`] | who a request is from |
//! | [`rooms`] | a room and its groups |
//! | [`hub`] | what clients may call |
//! | [`pages`] | the page |
//! | [`server`] | all of it, put together and served |

pub mod database;
pub mod hub;
pub mod options;
pub mod pages;
pub mod rooms;
pub mod server;
pub mod sign_in;
