//! What a hostile peer can do: one module for each subject.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod abuse;
mod allocation;
mod bad_input;
mod core;
mod core_allocation;
mod core_bombs;
mod core_flood;
mod core_names;
mod core_resume;
mod names;
mod once;
mod origins;

#[global_allocator]
static ALLOCATOR: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;
