//! What a step expects of an answer.

use serde::Deserialize;

use crate::exchange::Received;
use crate::play::Play;
use crate::report::{Difference, short};
use crate::scenario::field::{OneOf, Pairs};

/// What a step expects of an answer; what it does not mention may be anything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Expected {
    status: Option<OneOf<u16>>,
    #[serde(rename = "type")]
    content_type: Option<OneOf<String>>,
    reason: Option<String>,
    has: Pairs,
    text: Option<OneOf<String>>,
    contains: Vec<OneOf<String>>,
    lacks: Vec<String>,
}

impl Expected {
    /// The same, with this status where the step names none.
    pub(crate) fn with_status(&self, status: &[u16]) -> Self {
        let mut expected = self.clone();
        expected.status.get_or_insert_with(|| OneOf(status.to_vec()));
        expected
    }

    /// The same, with nothing said about the body: it is an open stream's.
    pub(crate) fn of_an_open_stream(&self) -> Self {
        Self { text: None, ..self.clone() }
    }

    /// Compares.
    pub(crate) fn compare(&self, play: &mut Play, received: &Received, what: &str) -> Result<(), Difference> {
        self.compare_head(play, received, what)?;
        if let Some(text) = &self.text {
            play.expect(text, &received.body, what)?;
        }
        for part in &self.contains {
            if !part.0.iter().any(|part| received.body.contains(&play.fill(part))) {
                return Err(Difference::new(format!("{what}: a part of the body")).expected(part).got(&received.body));
            }
        }
        for part in &self.lacks {
            if received.body.contains(&play.fill(part)) {
                return Err(Difference::new(format!("{what}: the body contains {}", short(part))));
            }
        }
        Ok(())
    }

    fn compare_head(&self, play: &mut Play, received: &Received, what: &str) -> Result<(), Difference> {
        let about = |key: &str| Difference::new(format!("{what}: {key}"));
        if let Some(status) = &self.status
            && !received.status().is_some_and(|got| status.contains(&got))
        {
            return Err(about("status").expected(status).got(received.in_short()));
        }
        let content_type = received.header("content-type").unwrap_or_default();
        if let Some(types) = &self.content_type
            && !types.0.iter().any(|wanted| wanted.eq_ignore_ascii_case(content_type))
        {
            return Err(about("content type").expected(types).got(content_type));
        }
        let reason = received.head.as_ref().map(|head| head.reason.as_str());
        if self.reason.is_some() && self.reason.as_deref() != reason {
            return Err(about("reason")
                .expected(self.reason.as_deref().unwrap_or_default())
                .got(reason.unwrap_or("no answer")));
        }
        for (name, wanted) in &self.has.0 {
            let got = received.header(name);
            if !play.fits(wanted, got.unwrap_or_default()) {
                return Err(about(&format!("header {name}")).expected(wanted).got(got.unwrap_or("none")));
            }
        }
        Ok(())
    }
}
