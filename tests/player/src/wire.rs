//! What goes over the wire while a scenario is played, for those who watch, and what no server may ever send.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::exchange::Received;
use crate::report::Outcome;

/// Runs of one letter that are longer than this are written as `<x*65536>`.
const LONG_RUN: usize = 100;
/// Bodies longer than this are only counted.
const LONG_BODY: usize = 2000;

/// Hears what happens while scenarios are played.
pub trait Observer: Send + Sync + fmt::Debug {
    /// Something went over the wire.
    fn wire(&self, _line: &WireLine<'_>) {}

    /// A scenario has come to its end.
    fn outcome(&self, _outcome: &Outcome) {}
}

/// Hears nothing.
#[derive(Debug)]
pub(crate) struct Nobody;

impl Observer for Nobody {}

/// One thing that went over the wire, as the transcripts write it.
#[derive(Debug)]
pub struct WireLine<'a> {
    /// The scenario in which it happened.
    pub scenario: &'a str,
    /// The party that sent or received.
    pub party: &'a str,
    /// `>` request, `<` answer, `>>` sent on the stream, `<<` came on the stream, `#` event or remark.
    pub mark: &'a str,
    /// On which of the party's streams, from 0.
    pub stream: Option<usize>,
    /// What it was, long runs of one letter shortened.
    pub text: String,
}

impl fmt::Display for WireLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.party, self.mark)?;
        if let Some(stream) = self.stream {
            write!(f, "(stream {stream}) ")?;
        }
        f.write_str(&self.text)
    }
}

/// The wire of one scenario; clones write to the same.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    scenario: Arc<str>,
    observer: Arc<dyn Observer>,
    violation: Arc<Mutex<Option<String>>>,
}

impl Wire {
    pub(crate) fn new(scenario: &str, observer: Arc<dyn Observer>) -> Self {
        Self { scenario: scenario.into(), observer, violation: Arc::default() }
    }

    pub(crate) fn note(&self, party: &str, mark: &str, text: &str) {
        self.tell(party, mark, None, text);
    }

    pub(crate) fn note_on_stream(&self, party: &str, stream: usize, text: &str) {
        self.tell(party, "<<", Some(stream), text);
    }

    /// Notes an answer with its body.
    pub(crate) fn note_answer(&self, party: &str, received: &Received) {
        let Some(head) = &received.head else {
            return self.note(party, "<", "closed without an answer");
        };
        let mut line = head.status.to_string();
        if let Some(content_type) = head.header("content-type") {
            line += &format!(" {content_type}");
        }
        match received.body.chars().count() {
            0 => {}
            length if length > LONG_BODY => line += &format!("  ({length} characters)"),
            _ => line += &format!("  {}", received.body),
        }
        self.note(party, "<", &line);
    }

    /// The server broke a rule of HTTP or of the WebSocket protocol; the first one counts.
    pub(crate) fn violation(&self, what: String) {
        self.note("server", "#", &what);
        self.violation.lock().get_or_insert(what);
    }

    /// Which rule the server broke, told once.
    pub(crate) fn take_violation(&self) -> Option<String> {
        self.violation.lock().take()
    }

    fn tell(&self, party: &str, mark: &str, stream: Option<usize>, text: &str) {
        let text = fold_runs(text);
        self.observer.wire(&WireLine { scenario: &self.scenario, party, mark, stream, text });
    }
}

/// Long runs of one small letter as the placeholder that stands for them.
fn fold_runs(text: &str) -> String {
    let mut folded = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let end = rest.find(|c| c != letter).unwrap_or(rest.len());
        if letter.is_ascii_lowercase() && end >= LONG_RUN {
            folded += &format!("<{letter}*{end}>");
        } else {
            folded += &rest[..end];
        }
        rest = &rest[end..];
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_runs_are_folded_and_short_ones_are_not() {
        assert_eq!(fold_runs(&format!("\"{}\" ééé aaa", "x".repeat(100))), "\"<x*100>\" ééé aaa");
    }

    #[test]
    fn the_first_violation_is_told_once() {
        let wire = Wire::new("s", Arc::new(Nobody));
        wire.violation("a masked frame".into());
        wire.violation("another".into());
        assert_eq!(wire.take_violation().as_deref(), Some("a masked frame"));
        assert_eq!(wire.take_violation(), None);
    }
}
