//! One performance of a scenario.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::task::JoinHandle;

use super::http::{Answer, Exchange};
use super::link::Link;
use super::scenario::Scenario;
use super::template::Bindings;
use crate::http::Base;
use crate::report::Difference;
use crate::scenario::json::Json;

/// How long what should come is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Events of all connections: fetched once, kept for whoever asks.
#[derive(Debug)]
pub(super) struct Events {
    base: Base,
    seen: Mutex<Vec<Json>>,
}

impl Events {
    pub(super) fn new(base: Base) -> Self {
        Self { base, seen: Mutex::default() }
    }

    /// Those of a connection, when there are so many, or the time is up.
    pub(super) async fn of(&self, id: &str, count: usize, limit: Duration) -> Result<Vec<Json>, String> {
        let deadline = Instant::now() + limit;
        loop {
            let answer = Exchange::begin(&self.base, "GET /events", &[], None).await?.answer().await?;
            let new: Vec<Json> = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
            let mine: Vec<Json> = {
                let mut seen = self.seen.lock();
                seen.extend(new);
                seen.iter().filter(|event| has_id(event, id)).cloned().collect()
            };
            if mine.len() >= count || Instant::now() > deadline {
                return Ok(mine);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}

fn has_id(event: &Json, id: &str) -> bool {
    match event {
        Json::Members(members) => {
            members.iter().any(|(name, value)| name == "id" && matches!(value, Json::Text(text) if text == id))
        }
        _ => false,
    }
}

/// A request whose answer a later step awaits.
pub(super) type PendingAnswer = JoinHandle<Result<Answer, String>>;

#[derive(Debug)]
pub(super) struct Play {
    pub(super) base: Base,
    pub(super) events: Arc<Events>,
    pub(super) bindings: Bindings,
    pub(super) links: HashMap<String, Link>,
    pub(super) pending: HashMap<String, PendingAnswer>,
}

impl Play {
    pub(super) fn new(base: Base, events: Arc<Events>) -> Self {
        Self { base, events, bindings: Bindings::default(), links: HashMap::new(), pending: HashMap::new() }
    }

    /// Plays the steps; the first difference ends it.
    pub(super) async fn run(&mut self, scenario: &Scenario) -> Result<(), Difference> {
        let mut finished = Instant::now();
        for (index, step) in scenario.steps.iter().enumerate() {
            let mut played = self.act(step).await;
            let took = finished.elapsed().as_millis();
            if played.is_ok() && step.after.is_some_and(|after| took < u128::from(after)) {
                played = Err(Difference::new("too early").got(format!("{took} ms")));
            }
            if played.is_ok() && step.before.is_some_and(|before| took > u128::from(before)) {
                played = Err(Difference::new("too late").got(format!("{took} ms")));
            }
            if step.free.is_none() {
                played.map_err(|difference| difference.at(index + 1, step.action()))?;
            }
            finished = Instant::now();
        }
        Ok(())
    }

    pub(super) fn link(&self, name: &str) -> Result<&Link, Difference> {
        self.links.get(name).ok_or_else(|| Difference::new(format!("there is no connection {name}")))
    }

    pub(super) fn fill(&self, template: &str) -> Result<Vec<u8>, Difference> {
        self.bindings.fill(template).map_err(Difference::new)
    }

    pub(super) fn fill_text(&self, template: &str) -> Result<String, Difference> {
        self.bindings.fill_text(template).map_err(Difference::new)
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        for pending in self.pending.values() {
            pending.abort();
        }
    }
}
