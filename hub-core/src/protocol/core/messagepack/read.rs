//! Frames to messages.

use std::borrow::Cow;

use super::{
    super::{
        BindingError, Encoding, Incoming, Invocation, InvocationKind, Outcome, ProtocolError, RawList, RawValue,
        StreamIds,
    },
    cursor::{boolean, entries, integer, is_nil, split_first, text, value_length},
};

/// Reads a frame, without its length prefix. Surplus elements of a message are skipped, and so is what stands behind its array.
pub(in super::super) fn read(frame: &[u8]) -> Result<Option<Incoming<'_>>, ProtocolError> {
    // From here on every value is known to be whole and not too deep.
    let message = frame.get(..value_length(frame)?).unwrap_or_default();
    let (bytes, count) = entries(message, 1).ok_or(ProtocolError::MessagePack("The message is no array."))?;
    let mut elements = Elements(RawList::new(Encoding::MessagePack, bytes, count).iter());
    let kind = elements.next_i32("'messageType'")?;
    Ok(Some(match kind {
        1 => Incoming::Invocation(invocation(InvocationKind::Plain, elements)?),
        2 => {
            elements.skip_headers()?;
            let id = elements.next_id("invocation ID for StreamItem message.")?;
            let item = elements.next_value("The item is missing.")?;
            Incoming::StreamItem { id, item }
        }
        3 => {
            elements.skip_headers()?;
            let id = elements.next_id("invocation ID for Completion message.")?;
            let outcome = match elements.next_i32("'resultKind'")? {
                1 => elements.next_text("'error'")?.map_or(Outcome::Void, |text| Outcome::Error(text.into())),
                2 => Outcome::Void,
                3 => Outcome::Value(elements.next_value("The result is missing.")?),
                _ => return Err(ProtocolError::ResultKind),
            };
            Incoming::Completion { id, outcome }
        }
        4 => Incoming::Invocation(invocation(InvocationKind::Streaming, elements)?),
        5 => {
            elements.skip_headers()?;
            Incoming::CancelInvocation { id: elements.next_id("invocation ID for CancelInvocation message.")? }
        }
        6 => Incoming::Ping,
        7 => {
            let error = elements.next_text("'error'")?.map(Cow::Borrowed);
            let allow_reconnect = match elements.next() {
                None => false,
                Some(value) => boolean(value)
                    .ok_or(ProtocolError::Element { what: Cow::Borrowed("'allowReconnect'"), expected: "Boolean" })?,
            };
            Incoming::Close { error, allow_reconnect }
        }
        8 => Incoming::Ack { sequence_id: elements.next_sequence()? },
        9 => Incoming::Sequence { sequence_id: elements.next_sequence()? },
        _ => return Ok(None),
    }))
}

fn invocation(kind: InvocationKind, mut elements: Elements<'_>) -> Result<Invocation<'_>, ProtocolError> {
    elements.skip_headers()?;
    let (id, target) = match kind {
        InvocationKind::Plain => {
            let id = elements.next_text("'invocationId'")?.filter(|id| !id.is_empty()).map(Cow::Borrowed);
            (id, elements.next_filled("'target'", "target for Invocation message.")?)
        }
        InvocationKind::Streaming => {
            let id = elements.next_id("invocation ID for StreamInvocation message.")?;
            (Some(id), elements.next_filled("'target'", "target for StreamInvocation message.")?)
        }
    };
    let arguments = elements.next().and_then(list).ok_or(BindingError::NoArguments);
    let stream_ids = match elements.next() {
        None => StreamIds::none(Encoding::MessagePack),
        Some(ids) => stream_ids(ids)?,
    };
    Ok(Invocation { kind, id, target: Cow::Borrowed(target), arguments, stream_ids })
}

fn list(value: &[u8]) -> Option<RawList<'_>> {
    entries(value, 1).map(|(bytes, count)| RawList::new(Encoding::MessagePack, bytes, count))
}

fn stream_ids(value: &[u8]) -> Result<StreamIds<'_>, ProtocolError> {
    let ids = list(value).ok_or(ProtocolError::Collection("array length for 'streamIds'"))?;
    if ids.iter().any(|id| is_nil(id.as_bytes()) || text(id.as_bytes()).is_some_and(str::is_empty)) {
        return Err(ProtocolError::NullOrEmpty("value in streamIds received."));
    }
    StreamIds::new(ids).map_err(|_| ProtocolError::MessagePack("An element of 'streamIds' is no text."))
}

/// What is left of a message's array.
struct Elements<'a>(super::super::RawValues<'a>);

impl<'a> Elements<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        self.0.next().map(|value| value.as_bytes())
    }

    fn next_value(&mut self, missing: &'static str) -> Result<RawValue<'a>, ProtocolError> {
        self.0.next().ok_or(ProtocolError::MessagePack(missing))
    }

    fn next_i32(&mut self, what: &'static str) -> Result<i32, ProtocolError> {
        self.next()
            .and_then(integer)
            .and_then(|number| i32::try_from(number).ok())
            .ok_or(ProtocolError::Element { what: Cow::Borrowed(what), expected: "Int32" })
    }

    fn next_sequence(&mut self) -> Result<i64, ProtocolError> {
        self.next()
            .and_then(integer)
            .ok_or(ProtocolError::Element { what: Cow::Borrowed("'sequenceId'"), expected: "Int64" })
    }

    /// A text or nil.
    fn next_text(&mut self, what: &'static str) -> Result<Option<&'a str>, ProtocolError> {
        let failed = || ProtocolError::Element { what: Cow::Borrowed(what), expected: "String" };
        let value = self.next().ok_or_else(failed)?;
        if is_nil(value) { Ok(None) } else { text(value).map(Some).ok_or_else(failed) }
    }

    /// A text that is not empty.
    fn next_filled(&mut self, what: &'static str, empty: &'static str) -> Result<&'a str, ProtocolError> {
        self.next_text(what)?.filter(|text| !text.is_empty()).ok_or(ProtocolError::NullOrEmpty(empty))
    }

    fn next_id(&mut self, empty: &'static str) -> Result<Cow<'a, str>, ProtocolError> {
        self.next_filled("'invocationId'", empty).map(Cow::Borrowed)
    }

    /// Headers are read for their types alone.
    fn skip_headers(&mut self) -> Result<(), ProtocolError> {
        let map = self.next().and_then(|value| entries(value, 2));
        let (mut rest, count) = map.ok_or(ProtocolError::Collection("map length for 'headers'"))?;
        for at in 0..count {
            for (part, empty) in [("Key", "key in header."), ("Value", "value in header.")] {
                let failed =
                    || ProtocolError::Element { what: format!("'headers[{at}].{part}'").into(), expected: "String" };
                let (value, behind) = split_first(rest).ok_or_else(failed)?;
                rest = behind;
                if is_nil(value) || text(value).ok_or_else(failed)?.is_empty() {
                    return Err(ProtocolError::NullOrEmpty(empty));
                }
            }
        }
        Ok(())
    }
}
