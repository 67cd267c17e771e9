//! Messages, however they are spread over responses.

use serde::Deserialize;

use crate::party::Party;
use crate::play::{Play, patience};
use crate::report::Difference;
use crate::scenario::field::{NothingElse, OneOf};

/// How long to wait for what may be missing, in milliseconds.
const OPTIONAL_PATIENCE_MS: u64 = 300;

/// The next messages, in this order.
#[derive(Debug, Deserialize)]
pub(super) struct Hears {
    hears: String,
    messages: Vec<OneOf<String>>,
    /// Those after so many may be missing.
    #[serde(rename = "atLeast")]
    at_least: Option<usize>,
    ms: Option<u64>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Hears {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.known(&self.hears)?;
        for (i, wanted) in self.messages.iter().enumerate() {
            let may_miss = self.at_least.is_some_and(|least| i >= least);
            let ms = if may_miss { Some(OPTIONAL_PATIENCE_MS) } else { self.ms };
            match next_message(&party, ms).await {
                Some(text) => play.expect(wanted, &text, &format!("message {}", i + 1))?,
                None if may_miss => return Ok(()),
                None => {
                    return Err(Difference::new(format!("no message {}", i + 1)).expected(wanted).got("nothing"));
                }
            }
        }
        Ok(())
    }
}

/// The next messages, in any order.
#[derive(Debug, Deserialize)]
pub(super) struct Gathers {
    gathers: String,
    messages: Vec<String>,
    ms: Option<u64>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Gathers {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.known(&self.gathers)?;
        let mut left = self.messages.clone();
        while !left.is_empty() {
            let one_of = OneOf(left.clone());
            let Some(text) = next_message(&party, self.ms).await else {
                return Err(Difference::new("no message").expected(one_of).got("nothing"));
            };
            let Some(at) = left.iter().position(|wanted| play.fits(wanted, &text)) else {
                return Err(Difference::new("a message").expected(one_of).got(text));
            };
            left.remove(at);
        }
        Ok(())
    }
}

/// The messages `Receive("<prefix>1")`, `Receive("<prefix>2")` and so on without a gap.
#[derive(Debug, Deserialize)]
pub(super) struct Counts {
    counts: String,
    prefix: String,
    from: Option<u64>,
    to: u64,
    /// How many at least and at most, where a buffer may have lost the first ones.
    between: Option<(u64, u64)>,
    ms: Option<u64>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Counts {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.known(&self.counts)?;
        let deadline = tokio::time::Instant::now() + patience(self.ms);
        let mut got: Vec<u64> = Vec::new();
        while got.last() != Some(&self.to) {
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            party.until(left, |state| state.inbox.has_message()).await;
            let Some(text) = party.change(|state| state.inbox.next_message()) else {
                break;
            };
            let number = self.number(&text).ok_or_else(|| Difference::new("a message without a number").got(&text))?;
            if let Some(before) = got.last().filter(|before| **before + 1 != number) {
                return Err(Difference::new(format!("after {before}")).expected(before + 1).got(number));
            }
            got.push(number);
        }
        if got.last() != Some(&self.to) {
            let last = got.last().map_or_else(|| "nothing".to_owned(), ToString::to_string);
            return Err(Difference::new("the last message").expected(self.to).got(last));
        }
        let all = self.to + 1 - self.from.unwrap_or(1);
        let (least, most) = self.between.unwrap_or((all, all));
        let count = got.len() as u64;
        if count < least || count > most {
            return Err(Difference::new("number of messages").expected(format!("{least} to {most}")).got(count));
        }
        play.wire.note(&self.counts, "#", &format!("{count} messages up to {}", self.to));
        Ok(())
    }

    fn number(&self, text: &str) -> Option<u64> {
        let message: serde_json::Value = serde_json::from_str(text).ok()?;
        message["A"][0].as_str()?.strip_prefix(self.prefix.as_str())?.parse().ok()
    }
}

/// The next message; none if it does not come in time.
async fn next_message(party: &Party, ms: Option<u64>) -> Option<String> {
    party.until(patience(ms), |state| state.inbox.has_message()).await;
    party.change(|state| state.inbox.next_message())
}
