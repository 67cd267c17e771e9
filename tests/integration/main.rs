//! What hubs promise, over the in-memory transport of `hub_core::testing`. One file for each subject; a test is named after the
//! promise. Section and rule numbers are those of `specs/classic-signalr.md`, in
//! `core` those of `specs/core-signalr.md`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::non_minimal_cfg,
    dead_code,
    reason = "a test says what is wrong by panicking, its helpers included, and shows attributes that nobody would write"
)]

mod core;
mod counters;
mod dispatch;
mod drain;
mod events;
mod groups;
mod hubs;
mod isolation;
mod limits;
mod log;
mod log_text;
mod model;
mod noted;
mod options;
mod order;
mod outside;
mod pipeline;
mod progress;
mod races;
mod random;
mod raw;
mod rejoin;
mod requests;
mod selectors;
mod slow_clients;
mod state;
mod user_groups;
mod values;

/// What a test ends with: any error ends it.
type Tested = Result<(), Box<dyn std::error::Error>>;
