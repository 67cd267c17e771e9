//! Plays scenarios: the quick ones in turn, the slow ones side by side.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;
use parking_lot::Mutex;
use tokio::task::JoinSet;

use crate::events::EventLog;
use crate::http::{Base, BaseUrlError};
use crate::play::Play;
use crate::report::{Outcome, Report};
use crate::scenario::{LoadError, Scenario};
use crate::wire::{Nobody, Observer, Wire};

/// The tag of scenarios that mostly wait.
const SLOW: &str = "slow";

/// Why nothing was played.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlayError {
    /// The server's address is wrong.
    #[error(transparent)]
    BaseUrl(#[from] BaseUrlError),
    /// The scenarios could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// No scenario is called so.
    #[error("there is nothing to be played")]
    Nothing,
}

/// Plays scenarios against one server.
///
/// Every event is told once by the server's `/events`, so one player at a time plays against a server.
#[derive(Debug)]
pub struct Player {
    base: Base,
    observer: Arc<dyn Observer>,
    events: Arc<EventLog>,
}

impl Player {
    /// A player for the server at `http://host:port`; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`BaseUrlError`] if the address is anything else.
    pub fn new(base_url: &str) -> Result<Self, BaseUrlError> {
        let base = Base::parse(base_url)?;
        let events = Arc::new(EventLog::new(base.clone()));
        Ok(Self { base, observer: Arc::new(Nobody), events })
    }

    /// The same player, watched.
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        Self { observer, ..self }
    }

    /// Plays scenarios and returns when their connections are closed too.
    pub async fn play(&self, scenarios: &[Scenario]) -> Report {
        let leaving = Mutex::new(JoinSet::new());
        let (slow, quick): (Vec<_>, Vec<_>) = scenarios.iter().partition(|scenario| scenario.needs(SLOW));
        let mut outcomes = Vec::new();
        for scenario in quick {
            outcomes.push(self.play_one(scenario, &leaving).await);
        }
        outcomes.extend(join_all(slow.iter().map(|scenario| self.play_one(scenario, &leaving))).await);
        let mut leaving = leaving.into_inner();
        while leaving.join_next().await.is_some() {}
        Report { outcomes }
    }

    async fn play_one(&self, scenario: &Scenario, leaving: &Mutex<JoinSet<()>>) -> Outcome {
        let began = Instant::now();
        let wire = Wire::new(&scenario.name, Arc::clone(&self.observer));
        let mut play = Play::new(self.base.clone(), wire, Arc::clone(&self.events));
        let difference = play.run(scenario).await.err();
        leaving.lock().spawn(play.leave());
        let outcome =
            Outcome { scenario: scenario.name.clone(), steps: scenario.steps.len(), took: began.elapsed(), difference };
        self.observer.outcome(&outcome);
        outcome
    }
}
