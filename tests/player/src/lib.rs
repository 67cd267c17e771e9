//! Plays recorded transcripts of a real SignalR server against another server and compares.
//!
//! A [`Scenario`] is one file of `specs/vectors/classic`: what clients do, and what the original server answered.
//! [`play_all`] plays a whole directory; a [`Player`] plays what it is given and tells an [`Observer`] what happens
//! on the way. The format of the files is described beside them.
//!
//! Whatever a server answers, the outcome is a value: a [`Difference`] with its step, what was expected and what came.
//!
//! ```no_run
//! # async fn example() -> Result<(), player::PlayError> {
//! let filter = player::Filter::default().without("foreverFrame").without("jsonp");
//! let report = player::play_all("http://127.0.0.1:9000", "specs/vectors/classic", &filter).await?;
//! assert!(report.holds(), "{report}");
//! # Ok(()) }
//! ```

mod answer;
mod core;
mod events;
mod exchange;
mod expression;
mod http;
mod matching;
mod party;
mod placeholder;
mod play;
mod player;
mod report;
mod scenario;
mod steps;
mod streams;
mod websocket;
mod wire;

use std::path::Path;

pub use crate::core::play_core;
pub use crate::http::BaseUrlError;
pub use crate::player::{PlayError, Player};
pub use crate::report::{Difference, Outcome, Report};
pub use crate::scenario::{Filter, LoadError, Scenario};
pub use crate::wire::{Observer, WireLine};

/// Plays the scenarios of a directory that pass `filter` against the server at `base_url` (`http://host:port`).
///
/// Scenarios tagged `slow` mostly wait for the server's timers and run side by side at the end; the others run one
/// after the other, because they use selectors that reach every client of a hub.
///
/// # Errors
///
/// [`PlayError`] if nothing could be played: the address or a file is wrong, or nothing passes the filter.
/// What the server does is never an error but a line of the report.
pub async fn play_all(base_url: &str, directory: impl AsRef<Path>, filter: &Filter) -> Result<Report, PlayError> {
    let player = Player::new(base_url)?;
    let scenarios = filter.select(Scenario::read_all(directory)?)?;
    Ok(player.play(&scenarios).await)
}
