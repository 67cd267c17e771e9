//! What the hubs saw, as `GET /events` tells it: every event once, so all scenarios fetch through one door.

use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::sync::Mutex;

use crate::exchange::{Exchange, PATIENCE};
use crate::http::{Base, Request};
use crate::report::Difference;
use crate::wire::Wire;

/// Asking more often would tell nothing new.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(50);

/// One event.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Event {
    #[serde(default)]
    pub(crate) hub: String,
    pub(crate) event: String,
    pub(crate) id: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) stop: Option<bool>,
    pub(crate) groups: Option<Vec<String>>,
    /// When we heard of it.
    #[serde(skip, default = "Instant::now")]
    pub(crate) at: Instant,
}

impl Event {
    /// As the transcripts write it: `disconnected conformance stop`.
    pub(crate) fn in_words(&self) -> String {
        let how = match (self.event.as_str(), self.stop) {
            ("disconnected", Some(true)) => " stop",
            ("disconnected", _) => " lost",
            _ => "",
        };
        format!("{} {}{how}", self.event, self.hub)
    }
}

/// The events that no step has taken yet.
#[derive(Debug)]
pub(crate) struct EventLog {
    base: Base,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    asked: Option<Instant>,
    events: Vec<Event>,
}

impl EventLog {
    pub(crate) fn new(base: Base) -> Self {
        Self { base, log: Mutex::default() }
    }

    /// Fetches what is new; those who ask at the same time wait for one another, so that nobody misses what is on the way.
    pub(crate) async fn fetch(&self, wire: &Wire) -> Result<(), Difference> {
        let mut log = self.log.lock().await;
        if log.asked.is_some_and(|asked| asked.elapsed() < BETWEEN_QUESTIONS) {
            tokio::time::sleep(BETWEEN_QUESTIONS).await;
        }
        log.asked = Some(Instant::now());
        let exchange = Exchange::begin(&self.base, Request::get("/events"), wire, Box::new(|_| {}));
        exchange.until_complete(PATIENCE).await;
        let received = exchange.received();
        let body = if received.body.is_empty() { "[]" } else { &received.body };
        let events: Vec<Event> = serde_json::from_str(body)
            .map_err(|error| Difference::new(format!("GET /events: {error}")).got(received.in_short()))?;
        log.events.extend(events);
        Ok(())
    }

    /// How many events there are of this kind.
    pub(crate) async fn count(&self, is_meant: impl Fn(&Event) -> bool) -> usize {
        self.log.lock().await.events.iter().filter(|event| is_meant(event)).count()
    }

    /// Takes the events of this kind, oldest first.
    pub(crate) async fn take(&self, is_meant: impl Fn(&Event) -> bool) -> Vec<Event> {
        self.log.lock().await.events.extract_if(.., |event| is_meant(event)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_written_in_words() {
        let words = |json: &str| serde_json::from_str::<Event>(json).expect("an event").in_words();
        assert_eq!(words(r#"{"hub":"h","event":"connected","id":"1","user":null}"#), "connected h");
        assert_eq!(words(r#"{"hub":"h","event":"disconnected","id":"1","stop":true}"#), "disconnected h stop");
        assert_eq!(
            words(r#"{"hub":"h","event":"disconnected","id":"1","stop":false,"error":null}"#),
            "disconnected h lost"
        );
    }
}
