//! One performance of a scenario: its parties, what placeholders stand for, and the steps in their order.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::answer::Expected;
use crate::events::EventLog;
use crate::exchange::{Exchange, PATIENCE, Received};
use crate::http::{Base, Request};
use crate::matching;
use crate::party::Party;
use crate::party::request::{Action, RequestOptions};
use crate::placeholder::{self, Values};
use crate::report::Difference;
use crate::scenario::Scenario;
use crate::scenario::field::OneOf;
use crate::wire::Wire;

/// How long a farewell may take, and how long streams stay open behind it.
const FAREWELL: Duration = Duration::from_millis(300);

/// One performance of a scenario.
#[derive(Debug)]
pub(crate) struct Play {
    pub(crate) base: Base,
    pub(crate) wire: Wire,
    pub(crate) events: Arc<EventLog>,
    parties: BTreeMap<String, Arc<Party>>,
    /// What placeholders without a field stand for.
    values: HashMap<String, String>,
    /// For each party the calls whose answers are awaited by a later step.
    later: HashMap<String, VecDeque<Pending>>,
}

/// A call under way, and what its answer should be.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) answer: JoinHandle<Received>,
    pub(crate) expected: Expected,
    pub(crate) is: Option<OneOf<String>>,
}

impl Play {
    pub(crate) fn new(base: Base, wire: Wire, events: Arc<EventLog>) -> Self {
        let (parties, values, later) = (BTreeMap::new(), HashMap::new(), HashMap::new());
        Self { base, wire, events, parties, values, later }
    }

    /// Plays the steps; the first difference ends it.
    pub(crate) async fn run(&mut self, scenario: &Scenario) -> Result<(), Difference> {
        for (i, step) in scenario.steps.iter().enumerate() {
            let result = match step.play(self).await {
                Ok(()) => self.wire.take_violation().map_or(Ok(()), |what| Err(Difference::new(what))),
                Err(difference) => Err(difference),
            };
            result.map_err(|difference| difference.at(i + 1, step.action()))?;
        }
        Ok(())
    }

    /// Says goodbye for all parties and lets their streams go a little later.
    pub(crate) async fn leave(self) {
        for pending in self.later.into_values().flatten() {
            pending.answer.abort();
        }
        let mut farewells = Vec::new();
        for party in self.parties.values() {
            party.stop_polling();
            if party.is_connected() {
                let identity = party.identity();
                let (target, _) = identity.target(Action::Abort, &RequestOptions::default());
                let mut request = Request::post(target, String::new());
                request.headers = identity.headers(&RequestOptions::default());
                farewells.push(Exchange::begin(&self.base, request, &self.wire, Box::new(|_| {})));
            }
        }
        tokio::time::sleep(FAREWELL).await;
    }

    /// A party by its name, new if there is none.
    pub(crate) fn party(&mut self, name: &str) -> Arc<Party> {
        let new = || Party::new(name, &self.base, &self.wire);
        Arc::clone(self.parties.entry(name.to_owned()).or_insert_with(new))
    }

    /// A party that an earlier step has introduced.
    pub(crate) fn known(&self, name: &str) -> Result<Arc<Party>, Difference> {
        self.parties.get(name).cloned().ok_or_else(|| Difference::new(format!("there is no party {name} yet")))
    }

    /// The current stream of a party.
    pub(crate) fn stream(&self, name: &str) -> Result<Arc<Exchange>, Difference> {
        self.known(name)?.stream(None).ok_or_else(|| Difference::new(format!("{name} has no stream")))
    }

    /// Puts the values of placeholders into a text that is to be sent.
    pub(crate) fn fill(&self, text: &str) -> String {
        placeholder::fill(text, self)
    }

    /// Whether a text is what a pattern says; what its new placeholders meet is what they stand for from now on.
    pub(crate) fn fits(&mut self, pattern: &str, text: &str) -> bool {
        let Some(bindings) = matching::fits(pattern, text, self) else {
            return false;
        };
        for (name, value) in bindings {
            self.bind(&name, value);
        }
        true
    }

    fn bind(&mut self, name: &str, value: String) {
        let field = name.split_once('.').and_then(|(head, field)| Some((self.parties.get(head)?, field)));
        match field {
            Some((party, "id")) => party.change(|state| state.identity.id = Some(value)),
            Some((party, "token")) => party.change(|state| state.identity.token = Some(value)),
            _ => self.set_value(name, Some(value)),
        }
    }

    /// Lets a placeholder stand for something, or for nothing.
    pub(crate) fn set_value(&mut self, name: &str, value: Option<String>) {
        match value {
            Some(value) => self.values.insert(name.to_owned(), value),
            None => self.values.remove(name),
        };
    }

    /// Compares a text with what was recorded.
    pub(crate) fn expect(&mut self, wanted: &OneOf<String>, text: &str, what: &str) -> Result<(), Difference> {
        if wanted.0.iter().any(|pattern| self.fits(pattern, text)) {
            return Ok(());
        }
        let filled = OneOf(wanted.0.iter().map(|pattern| self.fill(pattern)).collect());
        Err(Difference::new(what).expected(filled).got(text))
    }

    pub(crate) fn put_off(&mut self, party: &str, pending: Pending) {
        self.later.entry(party.to_owned()).or_default().push_back(pending);
    }

    pub(crate) fn next_put_off(&mut self, party: &str) -> Option<Pending> {
        self.later.get_mut(party)?.pop_front()
    }
}

impl Values for Play {
    fn value(&self, name: &str) -> Option<String> {
        let field = name.split_once('.').and_then(|(head, field)| Some((self.parties.get(head)?, field)));
        let Some((party, field)) = field else {
            return self.values.get(name).cloned();
        };
        party.look(|state| {
            let identity = &state.identity;
            match field {
                "id" => identity.id.clone(),
                "token" => identity.token.clone(),
                "cursor" => identity.cursor.clone(),
                "groups" => identity.groups.clone(),
                _ => None,
            }
        })
    }
}

/// How long a step waits for what should come: as it says, or as usual.
pub(crate) fn patience(ms: Option<u64>) -> Duration {
    ms.map_or(PATIENCE, Duration::from_millis)
}

/// Waits.
pub(crate) async fn sleep(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
