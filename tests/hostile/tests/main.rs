//! What a hostile peer can do, and what a failing hub does to others: one module for each subject.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]
