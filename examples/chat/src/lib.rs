//! A chat with rooms on hubs for Rust.
//!
//! | module | subject |
//! |---|---|
//! | [`options`] | the command line |
//! | [`database`] | which database, and what is kept beside it |
//! | [`store`] | users, connections, rooms, and whose they are |
//! | [`sign_in`] | who a request is from |
//! | [`rooms`] | a room and its groups |
//! | [`hub`] | what clients may call |
//! | [`rejoin`] | the database's word at a rejoin |
//! | [`pages`] | the page |
//! | [`server`] | all of it, put together and served |

pub mod database;
pub mod hub;
pub mod options;
pub mod pages;
pub mod rejoin;
pub mod rooms;
pub mod server;
pub mod sign_in;
pub mod store;
