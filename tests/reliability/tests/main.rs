//! Scenarios over real sockets: faults, replayed tokens, failing hub code, hostile calls and names.

#![allow(clippy::unwrap_used, reason = "what all tests share fails as they do")]

mod calls;
mod hubs;
mod isolation;
mod late_requests;
mod lifetimes;
mod many_groups;
mod names;
mod origins;
mod removal;
mod restart;
mod resume;
