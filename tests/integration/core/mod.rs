//! The core generation, on the mount itself: no HTTP, no sockets. Section numbers are those of `specs/core-signalr.md`.

mod both;
mod calls;
mod client;
mod lacks;
mod options;
mod polls;
mod refresh;
mod rejoin;
mod reservations;
mod stateful;
mod streams;
mod waits;

pub(super) use client::{CoreClient, request};
