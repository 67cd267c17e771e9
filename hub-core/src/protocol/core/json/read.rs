//! Frames to messages.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

use super::{
    super::{Encoding, Incoming, Invocation, InvocationKind, MAX_DEPTH, Outcome, ProtocolError, StreamIds},
    Members, kind, list, object_members, text,
};
use crate::protocol::depth_exceeds;

const NAMES: [&str; 11] = [
    "type",
    "headers",
    "invocationId",
    "target",
    "arguments",
    "streamIds",
    "item",
    "result",
    "error",
    "allowReconnect",
    "sequenceId",
];

/// Reads a frame, without its separator. Members may come in any order.
pub(in super::super) fn read(frame: &[u8]) -> Result<Option<Incoming<'_>>, ProtocolError> {
    let json = std::str::from_utf8(frame).map_err(|_| ProtocolError::Json)?;
    if depth_exceeds(json, MAX_DEPTH) {
        return Err(ProtocolError::Json);
    }
    let members = Envelope(object_members(json, NAMES, true)?);
    let kind = members.integer("type", "Int32")?.ok_or(ProtocolError::Missing("type"))?;
    if !(1..=9).contains(&kind) {
        return Ok(None);
    }
    // A member of the wrong type is a fault in every message, also in one that it means nothing to.
    members.check_headers()?;
    let id = members.text("invocationId")?.filter(|id| !id.is_empty());
    let target = members.text("target")?.filter(|target| !target.is_empty());
    let error = members.text("error")?;
    let arguments = members.list("arguments")?;
    let stream_ids = members.stream_ids()?;
    let allow_reconnect = members.boolean("allowReconnect")?.unwrap_or(false);
    let sequence_id = members.integer("sequenceId", "Int64")?;

    let needed_sequence = || sequence_id.ok_or(ProtocolError::Missing("sequenceId"));
    let value = |name| members.0.get(name).map(|json| super::super::RawValue::new(Encoding::Json, json.as_bytes()));
    Ok(Some(match kind {
        1 | 4 => {
            let streaming = kind == 4;
            let id = if streaming { Some(id.ok_or(ProtocolError::Missing("invocationId"))?) } else { id };
            Incoming::Invocation(Invocation {
                kind: if streaming { InvocationKind::Streaming } else { InvocationKind::Plain },
                id,
                target: target.ok_or(ProtocolError::Missing("target"))?,
                arguments: Ok(arguments.ok_or(ProtocolError::Missing("arguments"))?),
                stream_ids,
            })
        }
        2 => Incoming::StreamItem {
            id: id.ok_or(ProtocolError::Missing("invocationId"))?,
            item: value("item").ok_or(ProtocolError::Missing("item"))?,
        },
        3 => Incoming::Completion {
            id: id.ok_or(ProtocolError::Missing("invocationId"))?,
            outcome: match (error, value("result")) {
                (Some(_), Some(_)) => return Err(ProtocolError::ErrorAndResult),
                (Some(error), None) => Outcome::Error(error),
                (None, Some(value)) => Outcome::Value(value),
                (None, None) => Outcome::Void,
            },
        },
        5 => Incoming::CancelInvocation { id: id.ok_or(ProtocolError::Missing("invocationId"))? },
        6 => Incoming::Ping,
        7 => Incoming::Close { error, allow_reconnect },
        8 => Incoming::Ack { sequence_id: needed_sequence()? },
        _ => Incoming::Sequence { sequence_id: needed_sequence()? },
    }))
}

struct Envelope<'a>(Members<'a, 11>);

impl<'a> Envelope<'a> {
    fn text(&self, member: &'static str) -> Result<Option<Cow<'a, str>>, ProtocolError> {
        let Some(json) = self.0.get(member) else { return Ok(None) };
        match (text(json), kind(json)) {
            (Some(text), _) => Ok(Some(text)),
            // Half a surrogate pair.
            (None, "String") => Err(ProtocolError::Json),
            (None, _) => Err(ProtocolError::WrongType { member, expected: "String" }),
        }
    }

    /// An integer of this width.
    fn integer(&self, member: &'static str, width: &'static str) -> Result<Option<i64>, ProtocolError> {
        let Some(json) = self.0.get(member) else { return Ok(None) };
        if kind(json) != "Number" {
            return Err(ProtocolError::WrongType { member, expected: "Number" });
        }
        let number: i64 = json.parse().map_err(|_| ProtocolError::OutOfBounds(width))?;
        if width == "Int32" && i32::try_from(number).is_err() {
            return Err(ProtocolError::OutOfBounds(width));
        }
        Ok(Some(number))
    }

    fn boolean(&self, member: &'static str) -> Result<Option<bool>, ProtocolError> {
        match self.0.get(member) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(ProtocolError::NotBoolean(member)),
        }
    }

    fn list(&self, member: &'static str) -> Result<Option<super::super::RawList<'a>>, ProtocolError> {
        let Some(json) = self.0.get(member) else { return Ok(None) };
        list(json).map(Some).ok_or(ProtocolError::WrongType { member, expected: "Array" })
    }

    fn stream_ids(&self) -> Result<StreamIds<'a>, ProtocolError> {
        let Some(ids) = self.list("streamIds")? else { return Ok(StreamIds::none(Encoding::Json)) };
        StreamIds::new(ids).map_err(|stranger| {
            ProtocolError::StreamIdNotText(std::str::from_utf8(stranger.as_bytes()).map_or("None", kind))
        })
    }

    /// Headers are read for their types alone.
    fn check_headers(&self) -> Result<(), ProtocolError> {
        let Some(json) = self.0.get("headers") else { return Ok(()) };
        if kind(json) != "Object" {
            return Err(ProtocolError::WrongType { member: "headers", expected: "StartObject" });
        }
        match serde_json::from_str(json).map_err(|_| ProtocolError::Json)? {
            Headers(None) => Ok(()),
            Headers(Some(name)) => Err(ProtocolError::HeaderNotText(name)),
        }
    }
}

/// The name of the first header whose value is no text.
struct Headers(Option<String>);

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> de::Visitor<'de> for Entries {
            type Value = Headers;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("headers")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut stranger = None;
                while let Some(name) = map.next_key::<String>()? {
                    let value: &RawValue = map.next_value()?;
                    if stranger.is_none() && kind(value.get()) != "String" {
                        stranger = Some(name);
                    }
                }
                Ok(Headers(stranger))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}
