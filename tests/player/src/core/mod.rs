//! Plays the recordings of the core generation: `specs/vectors/core`, whose README has the format.
//!
//! - [`scenario`]: a file and its steps
//! - [`template`]: placeholders, and what they stand for
//! - [`message`]: hub messages, cut out of what a transport carries and compared
//! - [`http`]: one request on a connection of its own
//! - [`link`]: connections of clients over each transport
//! - [`play`]: one performance of a scenario; [`act`]: what each step does

mod act;
mod http;
mod link;
mod message;
mod play;
mod scenario;
mod template;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;

use self::play::{Events, Play};
use self::scenario::Scenario;
use crate::http::Base;
use crate::player::PlayError;
use crate::report::{Outcome, Report};

/// Plays the core scenarios of a directory against the server at `base_url` (`http://host:port`).
///
/// Scenarios that mostly wait are played side by side with the others; the others run one after the other, because they use
/// selectors that reach every client of a hub. `only` names those to be played, by parts of their names; empty for all.
///
/// # Errors
///
/// [`PlayError`] if nothing could be played. What the server does is never an error but a line of the report.
pub async fn play_core(base_url: &str, directory: impl AsRef<Path>, only: &[String]) -> Result<Report, PlayError> {
    let base = Base::parse(base_url)?;
    let chosen = |scenario: &Scenario| only.is_empty() || only.iter().any(|part| scenario.name.contains(part));
    let scenarios: Vec<Scenario> = Scenario::read_all(directory.as_ref())?.into_iter().filter(chosen).collect();
    if scenarios.is_empty() {
        return Err(PlayError::Nothing);
    }
    let events = Arc::new(Events::new(base.clone()));
    let (beside, others): (Vec<_>, Vec<_>) = scenarios.iter().partition(|scenario| scenario.beside);
    let beside = join_all(beside.into_iter().map(|scenario| play_one(&base, &events, scenario)));
    let others = async {
        let mut outcomes = Vec::new();
        for scenario in others {
            outcomes.push(play_one(&base, &events, scenario).await);
        }
        outcomes
    };
    let (beside, mut outcomes) = tokio::join!(beside, others);
    outcomes.extend(beside);
    Ok(Report { outcomes })
}

async fn play_one(base: &Base, events: &Arc<Events>, scenario: &Scenario) -> Outcome {
    let began = Instant::now();
    let difference = Play::new(base.clone(), Arc::clone(events)).run(scenario).await.err();
    Outcome { scenario: scenario.name.clone(), steps: scenario.steps.len(), took: began.elapsed(), difference }
}
