//! Whole responses, and what comes with them: groups tokens and keep-alives.

use std::time::Duration;

use serde::Deserialize;

use crate::play::{Play, patience, sleep};
use crate::report::{Difference, short};
use crate::scenario::field::{NothingElse, OneOf};

/// The next response, byte for byte.
#[derive(Debug, Deserialize)]
pub(super) struct Frame {
    frame: String,
    is: Option<OneOf<String>>,
    /// Of which of the party's streams; of any if none is named.
    nth: Option<usize>,
    /// Compares it with what the transport put around it.
    #[serde(default)]
    raw: bool,
    /// The last chunk of its stream.
    chunk: Option<String>,
    ms: Option<u64>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Frame {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.known(&self.frame)?;
        let is_there = |response: &crate::party::inbox::Response| response.is_of(self.nth);
        party.until(patience(self.ms), |state| state.inbox.responses.iter().any(is_there)).await;
        let Some(response) = party.change(|state| state.inbox.next_response(self.nth)) else {
            let missing = Difference::new("no response").got("nothing");
            return Err(self.is.iter().fold(missing, Difference::expected));
        };
        let text = if self.raw { &response.raw } else { &response.text };
        if let Some(is) = &self.is {
            play.expect(is, text, "response")?;
        }
        if let Some(chunk) = &self.chunk {
            let stream = party.stream(Some(response.stream));
            let last = stream.map(|stream| stream.look(|progress| progress.last_chunk.clone())).unwrap_or_default();
            if last != chunk.as_bytes() {
                return Err(Difference::new("chunk").expected(chunk).got(String::from_utf8_lossy(&last)));
            }
        }
        Ok(())
    }
}

/// A groups token came since the last such step, or none.
#[derive(Debug, Deserialize)]
pub(super) struct Token {
    token: String,
    comes: Option<bool>,
    /// Under which name to keep it.
    keep: Option<String>,
    ms: Option<u64>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Token {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.known(&self.token)?;
        if self.comes == Some(false) {
            sleep(self.ms.unwrap_or(300)).await;
            if party.look(|state| state.inbox.tokens != state.tokens_asked) {
                return Err(Difference::new("a groups token came"));
            }
        } else if !party.until(patience(self.ms), |state| state.inbox.tokens > state.tokens_asked).await {
            return Err(Difference::new("no groups token came"));
        }
        let groups = party.change(|state| {
            state.tokens_asked = state.inbox.tokens;
            state.identity.groups.clone()
        });
        if let Some(name) = &self.keep {
            play.set_value(name, groups);
        }
        Ok(())
    }
}

/// The next keep-alives: their bytes and the time between them.
#[derive(Debug, Deserialize)]
pub(super) struct KeepAlive {
    #[serde(rename = "keepAlive")]
    keep_alive: String,
    count: Option<usize>,
    is: Option<OneOf<String>>,
    /// The least and the most, in milliseconds.
    between: Option<(u64, u64)>,
    ms: Option<u64>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl KeepAlive {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.known(&self.keep_alive)?;
        let count = self.count.unwrap_or(2);
        let from = party.look(|state| state.inbox.keep_alives.len());
        let patience = Duration::from_millis(self.ms.unwrap_or(20_000));
        party.until(patience, |state| state.inbox.keep_alives.len() >= from + count).await;
        let these: Vec<_> = party.look(|state| {
            let all = state.inbox.keep_alives.iter().skip(from).take(count);
            all.map(|keep_alive| (keep_alive.at, keep_alive.raw.clone())).collect()
        });
        if these.len() < count {
            return Err(Difference::new("keep-alives").expected(count).got(these.len()));
        }
        for (_, raw) in &these {
            if let Some(is) = &self.is {
                play.expect(is, raw, "keep-alive")?;
            }
        }
        if let Some((least, most)) = self.between {
            for pair in these.windows(2) {
                let gap = pair[1].0.duration_since(pair[0].0).as_millis();
                if gap < least.into() || gap > most.into() {
                    let gap = format!("{gap} ms");
                    return Err(Difference::new("between keep-alives")
                        .expected(format!("{least} to {most} ms"))
                        .got(gap));
                }
            }
        }
        Ok(())
    }
}

/// No message and no groups token comes; responses without messages are nothing.
#[derive(Debug, Deserialize)]
pub(super) struct Quiet {
    quiet: String,
    ms: Option<u64>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Quiet {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.known(&self.quiet)?;
        let tokens = party.look(|state| state.inbox.tokens);
        sleep(self.ms.unwrap_or(400)).await;
        party.change(|state| {
            state.inbox.drop_spent();
            match state.inbox.responses.front() {
                Some(response) => Err(Difference::new("a response").expected("none").got(short(&response.text))),
                None if state.inbox.tokens != tokens => Err(Difference::new("a groups token came")),
                None => Ok(()),
            }
        })
    }
}
