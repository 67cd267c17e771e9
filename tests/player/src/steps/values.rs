//! What placeholders stand for, and the passing of time.

use serde::Deserialize;

use crate::expression::Expression;
use crate::play::{Play, sleep};
use crate::report::Difference;
use crate::scenario::field::{NothingElse, present};

/// Keeps a value, or what is found in it, under a name.
#[derive(Debug, Deserialize)]
pub(super) struct Keep {
    keep: String,
    value: String,
    #[serde(rename = "match")]
    part: Option<Expression>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Keep {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let text = play.fill(&self.value);
        let value = match &self.part {
            Some(part) => part.find(&text).unwrap_or_default().to_owned(),
            None => text,
        };
        play.set_value(&self.keep, Some(value));
        Ok(())
    }
}

/// Sets fields of a party; null takes the value away.
#[derive(Debug, Deserialize)]
pub(super) struct Give {
    give: String,
    #[serde(default, deserialize_with = "present")]
    token: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    cursor: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    groups: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    id: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    transport: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    user: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    protocol: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    hubs: Option<Option<Vec<String>>>,
    mount: Option<String>,
    qs: Option<String>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Give {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.party(&self.give);
        let mut identity = party.identity();
        let fields = [
            (&mut identity.token, &self.token),
            (&mut identity.cursor, &self.cursor),
            (&mut identity.groups, &self.groups),
            (&mut identity.id, &self.id),
            (&mut identity.transport, &self.transport),
            (&mut identity.user, &self.user),
            (&mut identity.protocol, &self.protocol),
        ];
        for (field, given) in fields {
            if let Some(given) = given {
                *field = given.as_ref().map(|text| play.fill(text));
            }
        }
        for (field, given) in [(&mut identity.mount, &self.mount), (&mut identity.qs, &self.qs)] {
            if let Some(given) = given {
                *field = play.fill(given);
            }
        }
        if let Some(hubs) = &self.hubs {
            identity.hubs = hubs.as_ref().map(|hubs| hubs.iter().map(|hub| play.fill(hub)).collect());
        }
        party.change(|state| state.identity = identity);
        Ok(())
    }
}

/// Two texts are not the same.
#[derive(Debug, Deserialize)]
pub(super) struct Differ {
    differ: (String, String),
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Differ {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let (one, other) = (play.fill(&self.differ.0), play.fill(&self.differ.1));
        // What is still a placeholder has no value, and two of them differ without meaning anything.
        if one == other || (one.starts_with('<') && one.ends_with('>')) {
            return Err(Difference::new("both are").got(one));
        }
        Ok(())
    }
}

/// Two texts are the same.
#[derive(Debug, Deserialize)]
pub(super) struct Same {
    same: (String, String),
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Same {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let (one, other) = (play.fill(&self.same.0), play.fill(&self.same.1));
        if one != other {
            return Err(Difference::new("the same").expected(other).got(one));
        }
        Ok(())
    }
}

/// A text looks like this.
#[derive(Debug, Deserialize)]
pub(super) struct Shape {
    shape: String,
    like: Expression,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Shape {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let text = play.fill(&self.shape);
        if self.like.find(&text).is_none() {
            return Err(Difference::new("shape").expected(&self.like).got(text));
        }
        Ok(())
    }
}

/// Time passes.
#[derive(Debug, Deserialize)]
pub(super) struct Wait {
    wait: u64,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Wait {
    pub(super) async fn play(&self, _play: &mut Play) -> Result<(), Difference> {
        sleep(self.wait).await;
        Ok(())
    }
}
