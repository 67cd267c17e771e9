//! The steps of a scenario: for each verb what it may say, and what it does.
//!
//! - [`handshake`]: negotiate, start, open
//! - [`opening`]: connect, reconnect, poll; fails
//! - [`calls`]: call, reply, silent, say
//! - [`responses`]: frame, token, keepAlive, quiet
//! - [`messages`]: hears, gathers, counts
//! - [`links`]: drop, close, ended, alive
//! - [`requests`]: abort, ping, http, push
//! - [`lifecycle`]: events, mark, rejoining
//! - [`values`]: keep, give, differ, same, shape, wait

mod calls;
mod handshake;
mod lifecycle;
mod links;
mod messages;
mod opening;
mod requests;
mod responses;
mod values;

use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::play::Play;
use crate::report::Difference;

/// One step of a scenario.
#[derive(Debug)]
pub(crate) struct Step {
    verb: Verb,
    /// The verb and, if it is a text, its value.
    action: String,
}

impl Step {
    /// Reads a step; its first key is its verb.
    pub(crate) fn parse(text: &str) -> serde_json::Result<Self> {
        let First { verb, subject } = serde_json::from_str(text)?;
        let action = subject.map_or_else(|| verb.clone(), |subject| format!("{verb} {subject}"));
        Ok(Self { verb: Verb::parse(&verb, text)?, action })
    }

    /// The verb and its subject, such as `call a`.
    pub(crate) fn action(&self) -> String {
        self.action.clone()
    }

    pub(crate) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        self.verb.play(play).await
    }
}

/// Makes the list of verbs: each one's name and the type that says the rest.
macro_rules! verbs {
    ($($name:pat => $variant:ident($type:ty)),+ $(,)?) => {
        #[derive(Debug)]
        enum Verb {
            $($variant(Box<$type>)),+
        }

        impl Verb {
            fn parse(verb: &str, text: &str) -> serde_json::Result<Self> {
                match verb {
                    $($name => serde_json::from_str(text).map(Self::$variant),)+
                    _ => Err(Error::custom(format!("no such verb: `{verb}`"))),
                }
            }

            async fn play(&self, play: &mut Play) -> Result<(), Difference> {
                match self {
                    $(Self::$variant(step) => step.play(play).await,)+
                }
            }
        }
    };
}

verbs! {
    "negotiate" => Negotiate(handshake::Negotiate),
    "start" => Start(handshake::Start),
    "open" => Open(handshake::Open),
    "connect" | "reconnect" | "poll" => OpenStream(opening::OpenStream),
    "fails" => Fails(opening::Fails),
    "call" => Call(calls::Call),
    "reply" => Reply(calls::Reply),
    "silent" => Silent(calls::Silent),
    "say" => Say(calls::Say),
    "frame" => Frame(responses::Frame),
    "token" => Token(responses::Token),
    "keepAlive" => KeepAlive(responses::KeepAlive),
    "quiet" => Quiet(responses::Quiet),
    "hears" => Hears(messages::Hears),
    "gathers" => Gathers(messages::Gathers),
    "counts" => Counts(messages::Counts),
    "drop" => Drop(links::Drop),
    "close" => Close(links::Close),
    "ended" => Ended(links::Ended),
    "alive" => Alive(links::Alive),
    "abort" => Abort(requests::Abort),
    "ping" => Ping(requests::Ping),
    "http" => Http(requests::Http),
    "push" => Push(requests::Push),
    "events" => Events(lifecycle::Events),
    "mark" => Mark(lifecycle::Mark),
    "rejoining" => Rejoining(lifecycle::Rejoining),
    "keep" => Keep(values::Keep),
    "give" => Give(values::Give),
    "differ" => Differ(values::Differ),
    "same" => Same(values::Same),
    "shape" => Shape(values::Shape),
    "wait" => Wait(values::Wait),
}

/// The first key of a step, and its value if that is a text.
struct First {
    verb: String,
    subject: Option<String>,
}

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FirstVisitor;

        impl<'de> Visitor<'de> for FirstVisitor {
            type Value = First;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a step")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<First, A::Error> {
                let verb = map.next_key()?.ok_or_else(|| A::Error::custom("no verb"))?;
                let value: serde_json::Value = map.next_value()?;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(First { verb, subject: value.as_str().map(ToOwned::to_owned) })
            }
        }

        deserializer.deserialize_map(FirstVisitor)
    }
}
