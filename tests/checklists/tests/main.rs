//! Each line of a checklist is a test that begins with its number (`n07_…` is N7 of section 9.10); what holds the lines of section 10, and the
//! free steps of the recordings, says `coverage.rs`, which also sees to it that none is left out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by panicking, its helpers included")]

mod cancelling;
mod coverage;
mod free;
mod otherwise;
mod recorded;
mod refresh;
mod section_10;
mod unplayed;
mod users;
