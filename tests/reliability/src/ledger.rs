//! The ledger: who sent what to whom, who joined and left when, who received what — and what is wrong with that.
//!
//! Everything has a begin and an end on one clock of ticks. What ended before something else began came before it; what
//! overlaps may have been in either order, and then either outcome is right. From that follows for each message and each connection
//! whether it must, may or must not have come.

use std::collections::{HashMap, HashSet};

use parking_lot::Mutex;

/// Whom a message was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Everyone who listens.
    All,
    /// The members of a group.
    Group(String),
    /// One connection.
    Connection(String),
}

/// What becomes of all that is noted.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    now: u64,
    sends: Vec<Send>,
    changes: HashMap<(String, String), Vec<Change>>,
    /// Since when a connection hears.
    listening: HashMap<String, u64>,
    received: HashMap<String, Vec<(String, u64)>>,
    /// From when on nobody needs to hear.
    closed: Option<u64>,
}

#[derive(Debug)]
struct Send {
    sender: String,
    sequence: u64,
    to: Audience,
    except: Vec<String>,
    begun: u64,
    ended: u64,
}

#[derive(Debug, Clone, Copy)]
struct Change {
    joins: bool,
    begun: u64,
    ended: u64,
}

/// A send that is under way.
#[derive(Debug)]
#[must_use = "it ends by `sent`"]
pub struct Sending(usize);

/// A change of membership that is under way.
#[derive(Debug)]
#[must_use = "it ends by `changed`"]
pub struct Changing((String, String), usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Yes,
    Perhaps,
    No,
}

impl Book {
    fn tick(&mut self) -> u64 {
        self.now += 1;
        self.now
    }
}

impl Ledger {
    /// Notes that a send begins.
    pub fn sending(&self, sender: &str, sequence: u64, to: Audience, except: Vec<String>) -> Sending {
        let mut book = self.0.lock();
        let begun = book.tick();
        book.sends.push(Send { sender: sender.to_owned(), sequence, to, except, begun, ended: u64::MAX });
        Sending(book.sends.len() - 1)
    }

    /// Notes that it was handed over.
    pub fn sent(&self, sending: Sending) {
        let mut book = self.0.lock();
        let now = book.tick();
        book.sends[sending.0].ended = now;
    }

    /// Notes that a join (or a leave) begins.
    pub fn changing(&self, connection: &str, group: &str, joins: bool) -> Changing {
        let mut book = self.0.lock();
        let begun = book.tick();
        let key = (connection.to_owned(), group.to_owned());
        let changes = book.changes.entry(key.clone()).or_default();
        changes.push(Change { joins, begun, ended: u64::MAX });
        Changing(key, changes.len() - 1)
    }

    /// Notes that it is done: a fence.
    pub fn changed(&self, changing: Changing) {
        let mut book = self.0.lock();
        let now = book.tick();
        if let Some(changes) = book.changes.get_mut(&changing.0) {
            changes[changing.1].ended = now;
        }
    }

    /// Notes that a connection hears from here on.
    pub fn listens(&self, connection: &str) {
        let mut book = self.0.lock();
        let now = book.tick();
        book.listening.insert(connection.to_owned(), now);
    }

    /// Notes what a connection received.
    pub fn received(&self, connection: &str, sender: &str, sequence: u64) {
        self.0.lock().received.entry(connection.to_owned()).or_default().push((sender.to_owned(), sequence));
    }

    /// Notes that from here on nobody needs to hear any more: a call whose link was cut may still come to be done.
    pub fn close(&self) {
        let mut book = self.0.lock();
        book.closed = Some(book.tick());
    }

    /// How many messages were sent, and how many copies received.
    pub fn counts(&self) -> (usize, usize) {
        let book = self.0.lock();
        (book.sends.len(), book.received.values().map(Vec::len).sum())
    }

    /// Everything that breaks a promise: a copy too many, one too few, one to the wrong connection, disorder.
    pub fn violations(&self) -> Vec<String> {
        let book = self.0.lock();
        let mut violations = Vec::new();
        let by_name: HashMap<(&str, u64), &Send> =
            book.sends.iter().map(|send| ((send.sender.as_str(), send.sequence), send)).collect();
        for (connection, since) in &book.listening {
            let received = book.received.get(connection).map(Vec::as_slice).unwrap_or_default();
            let mut seen: HashSet<(&str, u64)> = HashSet::new();
            let mut newest: HashMap<&str, &Send> = HashMap::new();
            for (sender, sequence) in received {
                let Some(send) = by_name.get(&(sender.as_str(), *sequence)) else {
                    violations.push(format!("{connection} received {sender}:{sequence}, which nobody sent"));
                    continue;
                };
                if !seen.insert((sender.as_str(), *sequence)) {
                    violations.push(format!("{connection} received {sender}:{sequence} twice"));
                }
                let newest = newest.entry(sender.as_str()).or_insert(send);
                if send.ended < newest.begun {
                    let later = newest.sequence;
                    violations.push(format!("{connection} received {sender}:{sequence} after {sender}:{later}"));
                } else if send.begun > newest.begun {
                    *newest = send;
                }
            }
            for send in &book.sends {
                let got = seen.contains(&(send.sender.as_str(), send.sequence));
                let expected = book.expected(connection, *since, send);
                let Send { sender, sequence, to, .. } = send;
                match (expected, got) {
                    (Expected::Yes, false) => {
                        violations.push(format!("{connection} did not receive {sender}:{sequence} to {to:?}"));
                    }
                    (Expected::No, true) => {
                        violations.push(format!("{connection} received {sender}:{sequence} to {to:?}, not for it"));
                    }
                    _ => {}
                }
            }
        }
        violations.sort();
        violations
    }
}

impl Book {
    fn expected(&self, connection: &str, since: u64, send: &Send) -> Expected {
        if send.except.iter().any(|id| id == connection) {
            return Expected::No;
        }
        let audience = match &send.to {
            Audience::All => Expected::Yes,
            Audience::Connection(id) if id == connection => Expected::Yes,
            Audience::Connection(_) => Expected::No,
            Audience::Group(group) => self.membership(connection, group, send),
        };
        match audience {
            Expected::Yes if since > send.begun || self.closed.is_some_and(|closed| send.ended > closed) => {
                Expected::Perhaps
            }
            audience => audience,
        }
    }

    /// Whether a connection was in a group throughout a send, for a part of it, or not at all.
    fn membership(&self, connection: &str, group: &str, send: &Send) -> Expected {
        let key = (connection.to_owned(), group.to_owned());
        let changes = self.changes.get(&key).map(Vec::as_slice).unwrap_or_default();
        let settled: Vec<&Change> = changes.iter().filter(|change| change.ended < send.begun).collect();
        let outcomes = changes
            .iter()
            .filter(|change| change.begun < send.ended && !settled.iter().any(|later| change.ended < later.begun))
            .map(|change| change.joins)
            .chain(settled.is_empty().then_some(false));
        let outcomes: HashSet<bool> = outcomes.collect();
        match (outcomes.contains(&true), outcomes.contains(&false)) {
            (true, false) => Expected::Yes,
            (false, _) => Expected::No,
            (true, true) => Expected::Perhaps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> Audience {
        Audience::Group("room".to_owned())
    }

    fn change(ledger: &Ledger, joins: bool) {
        ledger.changed(ledger.changing("ann", "room", joins));
    }

    fn send(ledger: &Ledger, sequence: u64, except: &[&str]) {
        let except = except.iter().map(|id| (*id).to_owned()).collect();
        ledger.sent(ledger.sending("bob", sequence, room(), except));
    }

    #[test]
    fn what_came_as_it_should_is_clean() {
        let ledger = Ledger::default();
        ledger.listens("ann");
        send(&ledger, 0, &[]);
        change(&ledger, true);
        send(&ledger, 1, &[]);
        send(&ledger, 2, &["ann"]);
        let leaving = ledger.changing("ann", "room", false);
        send(&ledger, 3, &[]);
        ledger.changed(leaving);
        send(&ledger, 4, &[]);
        ledger.received("ann", "bob", 1);
        assert_eq!(ledger.violations(), [""; 0]);
        ledger.received("ann", "bob", 3);
        assert_eq!(ledger.violations(), [""; 0], "during a leave both are right");
    }

    #[test]
    fn every_broken_promise_is_found() {
        let ledger = Ledger::default();
        ledger.listens("ann");
        send(&ledger, 0, &[]);
        change(&ledger, true);
        for sequence in 1..5 {
            send(&ledger, sequence, &[]);
        }
        send(&ledger, 5, &["ann"]);
        for sequence in [0, 2, 1, 3, 3, 5, 9] {
            ledger.received("ann", "bob", sequence);
        }
        let to = "to Group(\"room\")";
        assert_eq!(
            ledger.violations(),
            [
                format!("ann did not receive bob:4 {to}"),
                format!("ann received bob:0 {to}, not for it"),
                "ann received bob:1 after bob:2".to_owned(),
                "ann received bob:3 twice".to_owned(),
                format!("ann received bob:5 {to}, not for it"),
                "ann received bob:9, which nobody sent".to_owned(),
            ]
        );
    }

    #[test]
    fn what_comes_late_or_after_the_end_may_be_missing() {
        let ledger = Ledger::default();
        change(&ledger, true);
        send(&ledger, 0, &[]);
        ledger.listens("ann");
        let sending = ledger.sending("bob", 1, room(), Vec::new());
        ledger.close();
        ledger.sent(sending);
        send(&ledger, 2, &[]);
        assert_eq!(ledger.violations(), [""; 0]);
    }

    #[test]
    fn a_later_change_supersedes_an_earlier_one() {
        let ledger = Ledger::default();
        ledger.listens("ann");
        change(&ledger, true);
        change(&ledger, false);
        change(&ledger, true);
        send(&ledger, 0, &[]);
        assert_eq!(ledger.violations(), ["ann did not receive bob:0 to Group(\"room\")"]);
    }
}
