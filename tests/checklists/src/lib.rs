//! A desk on which the lines of `specs/core-signalr.md` are tried: its hub, its server, and what they saw.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a harness of tests: what goes wrong fails the test")]

pub mod desk;
pub mod server;

pub use server::Server;
