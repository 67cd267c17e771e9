//! Scenarios over real sockets: faults, replayed tokens, failing hub code, hostile calls and names. What measures time or
//! memory is in `measured.rs`.

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
