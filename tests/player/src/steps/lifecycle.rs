//! What the hubs saw: connected, reconnected, disconnected, and the groups of the rejoining stage.

use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::events::Event;
use crate::play::{Play, sleep};
use crate::report::Difference;
use crate::scenario::field::{NothingElse, present};

/// What the hubs saw of this connection since the last such step: exactly these.
#[derive(Debug, Deserialize)]
pub(super) struct Events {
    events: String,
    are: Vec<String>,
    #[serde(default, deserialize_with = "present")]
    user: Option<Option<String>>,
    /// How long after the step `mark` the last one came, at least and at most, in milliseconds.
    after: Option<(u64, u64)>,
    ms: Option<u64>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Events {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.known(&self.events)?;
        let id = party.identity().id;
        let is_mine = |event: &Event| event.id == id;
        let deadline = Instant::now() + Duration::from_millis(self.ms.unwrap_or(4000));
        // That nothing comes can only be told at the end; that no more comes than expected, a little later.
        loop {
            play.events.fetch(&play.wire).await?;
            let is_enough = !self.are.is_empty() && play.events.count(is_mine).await >= self.are.len();
            if is_enough || Instant::now() >= deadline {
                break;
            }
            sleep(150).await;
        }
        if !self.are.is_empty() {
            sleep(150).await;
            play.events.fetch(&play.wire).await?;
        }
        let got = play.events.take(is_mine).await;
        self.compare(&got)?;
        if let (Some((least, most)), Some(last)) = (self.after, got.last()) {
            let marked = party.look(|state| state.marked).ok_or_else(|| Difference::new("there is no mark"))?;
            let took = last.at.saturating_duration_since(marked).as_millis();
            if took < least.into() || took > most.into() {
                let took = format!("{took} ms");
                return Err(Difference::new("time since the mark").expected(format!("{least} to {most} ms")).got(took));
            }
        }
        for event in &got {
            play.wire.note(&self.events, "#", &event.in_words());
        }
        Ok(())
    }

    fn compare(&self, got: &[Event]) -> Result<(), Difference> {
        let mut words: Vec<_> = got.iter().map(Event::in_words).collect();
        let mut wanted = self.are.clone();
        words.sort();
        wanted.sort();
        if words != wanted {
            return Err(Difference::new("events").expected(format!("{wanted:?}")).got(format!("{words:?}")));
        }
        if let Some(user) = &self.user
            && let Some(event) = got.iter().find(|event| event.user != *user)
        {
            return Err(Difference::new("user").expected(format!("{user:?}")).got(format!("{:?}", event.user)));
        }
        Ok(())
    }
}

/// From here the time of events counts.
#[derive(Debug, Deserialize)]
pub(super) struct Mark {
    mark: String,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Mark {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        play.known(&self.mark)?.change(|state| state.marked = Some(Instant::now()));
        Ok(())
    }
}

/// The groups that the rejoining stage of a user was handed last.
#[derive(Debug, Deserialize)]
pub(super) struct Rejoining {
    rejoining: String,
    groups: Option<Vec<String>>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Rejoining {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        sleep(100).await;
        play.events.fetch(&play.wire).await?;
        let is_meant = |event: &Event| event.event == "rejoining" && event.user.as_ref() == Some(&self.rejoining);
        let got = play.events.take(is_meant).await;
        let mut groups = got.last().and_then(|event| event.groups.clone());
        if let Some(groups) = &mut groups {
            groups.sort();
        }
        if groups != self.groups {
            let in_words =
                |groups: &Option<Vec<String>>| groups.as_ref().map_or("nothing".into(), |groups| format!("{groups:?}"));
            let what = "groups that the stage was handed";
            return Err(Difference::new(what).expected(in_words(&self.groups)).got(in_words(&groups)));
        }
        Ok(())
    }
}
