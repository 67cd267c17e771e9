//! An invocation as the client writes it (section 3.2).

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

use super::{MAX_ARGUMENTS, MAX_DEPTH, MAX_STATE_CHARS};
use crate::protocol::depth_exceeds;

/// The invocation id as it is echoed: a JSON string, or `null` where there was none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InvocationId(Option<Box<str>>);

impl InvocationId {
    /// No id.
    pub const NONE: Self = Self(None);

    /// The id as text, if there was one.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub(super) fn write_json(&self, out: &mut Vec<u8>) {
        match self.as_str() {
            None => out.extend_from_slice(b"null"),
            Some(id) => super::message::write_text(id, out),
        }
    }
}

/// One call of a hub method. Arguments are still text, borrowed from the message.
#[derive(Debug)]
pub struct Invocation<'a> {
    /// Hub, as the client spelled it.
    pub hub: Cow<'a, str>,
    /// Method, as the client spelled it.
    pub method: Cow<'a, str>,
    /// Arguments by position.
    pub arguments: Vec<&'a RawValue>,
    /// Echoed in the response.
    pub id: InvocationId,
    /// The client's state for this hub: keys and values.
    pub state: Vec<(String, Box<RawValue>)>,
}

/// Why a message is no invocation. What could be read of its id is there, so that the answer can carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvocationError {
    /// The id, as far as it was understood.
    pub id: InvocationId,
    /// What the client is told.
    pub reason: &'static str,
}

impl fmt::Display for InvocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl std::error::Error for InvocationError {}

impl<'a> Invocation<'a> {
    /// Reads one message. Keys ignore case, unknown ones are skipped, of a repeated one the last holds.
    ///
    /// # Errors
    ///
    /// [`InvocationError`] if it is not an object with hub and method, a part has the wrong type, or the state is
    /// too long or too deep. The message's text is not repeated.
    pub fn parse(text: &'a str) -> Result<Self, InvocationError> {
        let refused = |id: InvocationId, reason| InvocationError { id, reason };
        let parts: Parts<'a> =
            serde_json::from_str(text).map_err(|_| refused(InvocationId::NONE, "The message is not an invocation."))?;
        let id = match parts.id {
            None => InvocationId::NONE,
            Some(raw) => read_id(raw.get())
                .ok_or_else(|| refused(InvocationId::NONE, "The invocation id is neither a number nor a text."))?,
        };
        let text_of = |raw: Option<&'a RawValue>| {
            raw.and_then(|raw| serde_json::from_str::<TextValue<'a>>(raw.get()).ok()).map(|text| text.0)
        };
        let Some(hub) = text_of(parts.hub) else { return Err(refused(id, "The invocation names no hub.")) };
        let Some(method) = text_of(parts.method) else { return Err(refused(id, "The invocation names no method.")) };
        let arguments = match parts.arguments.map(RawValue::get) {
            None | Some("null") => Vec::new(),
            Some(list) => match serde_json::from_str::<ArgumentList<'a>>(list) {
                Ok(arguments) => arguments.0,
                Err(_) if list.starts_with('[') => {
                    return Err(refused(id, "The arguments are malformed, or too many."));
                }
                Err(_) => return Err(refused(id, "The arguments are not an array.")),
            },
        };
        let state = match parts.state.map(RawValue::get) {
            None | Some("null") => Vec::new(),
            Some(object) => match read_state(object) {
                Ok(state) => state,
                Err(reason) => return Err(refused(id, reason)),
            },
        };
        Ok(Self { hub, method, arguments, id, state })
    }
}

fn read_id(raw: &str) -> Option<InvocationId> {
    match raw.as_bytes().first()? {
        b'n' => Some(InvocationId::NONE),
        b'"' => serde_json::from_str::<String>(raw).ok().map(|text| InvocationId(Some(text.into()))),
        b'-' | b'0'..=b'9' => Some(InvocationId(Some(raw.into()))),
        _ => None,
    }
}

fn read_state(object: &str) -> Result<Vec<(String, Box<RawValue>)>, &'static str> {
    struct State(Vec<(String, Box<RawValue>)>);
    impl<'de> Deserialize<'de> for State {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Entries;
            impl<'de> de::Visitor<'de> for Entries {
                type Value = State;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("the client's state")
                }
                fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<State, A::Error> {
                    let mut entries = Vec::new();
                    while let Some(entry) = map.next_entry()? {
                        entries.push(entry);
                    }
                    Ok(State(entries))
                }
            }
            deserializer.deserialize_map(Entries)
        }
    }
    if chars_without_blanks(object) > MAX_STATE_CHARS {
        return Err("State has exceeded the maximum length of 4096 bytes.");
    }
    let State(entries) = serde_json::from_str(object).map_err(|_| "The state is not an object.")?;
    if entries.iter().any(|(_, value)| depth_exceeds(value.get(), MAX_DEPTH)) {
        return Err("The state nests too deep.");
    }
    Ok(entries)
}

/// UTF-16 units, as the original counts, of JSON without the blanks between its tokens.
fn chars_without_blanks(json: &str) -> usize {
    let (mut count, mut in_text, mut escaped) = (0_usize, false, false);
    for character in json.chars() {
        if in_text {
            match character {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_text = false,
                _ => {}
            }
        } else if character == '"' {
            in_text = true;
        } else if matches!(character, ' ' | '\t' | '\n' | '\r') {
            continue;
        }
        count = count.saturating_add(character.len_utf16());
    }
    count
}

/// Arguments, up to [`MAX_ARGUMENTS`].
struct ArgumentList<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for ArgumentList<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;
        impl<'de> de::Visitor<'de> for Elements {
            type Value = ArgumentList<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the arguments")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut arguments = Vec::new();
                while let Some(argument) = seq.next_element()? {
                    if arguments.len() == MAX_ARGUMENTS {
                        return Err(de::Error::custom("too many arguments"));
                    }
                    arguments.push(argument);
                }
                Ok(ArgumentList(arguments))
            }
        }
        deserializer.deserialize_seq(Elements)
    }
}

/// A text borrowed from the message where it has no escapes.
struct TextValue<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for TextValue<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> de::Visitor<'de> for Text {
            type Value = TextValue<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(TextValue(Cow::Borrowed(text)))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(TextValue(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// The envelope, its values not yet looked at.
#[derive(Default)]
struct Parts<'a> {
    hub: Option<&'a RawValue>,
    method: Option<&'a RawValue>,
    arguments: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
    state: Option<&'a RawValue>,
}

impl<'de> Deserialize<'de> for Parts<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Envelope;
        impl<'de> de::Visitor<'de> for Envelope {
            type Value = Parts<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an invocation")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut parts = Parts::default();
                while let Some(TextValue(key)) = map.next_key::<TextValue<'de>>()? {
                    let slot = match key.as_bytes() {
                        [b'H' | b'h'] => &mut parts.hub,
                        [b'M' | b'm'] => &mut parts.method,
                        [b'A' | b'a'] => &mut parts.arguments,
                        [b'I' | b'i'] => &mut parts.id,
                        [b'S' | b's'] => &mut parts.state,
                        _ => {
                            map.next_value::<de::IgnoredAny>()?;
                            continue;
                        }
                    };
                    *slot = Some(map.next_value()?);
                }
                Ok(parts)
            }
        }
        deserializer.deserialize_map(Envelope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invocation_is_borrowed_from_its_message() {
        let invocation =
            Invocation::parse(r#"{"h":"chat","M":"Send","A":["hi",{"to":1}],"I":0,"S":{"name":"bob"},"x":[]}"#)
                .unwrap();
        assert!(matches!(invocation.hub, Cow::Borrowed("chat")));
        assert_eq!(invocation.arguments.iter().map(|raw| raw.get()).collect::<Vec<_>>(), [r#""hi""#, r#"{"to":1}"#]);
        assert_eq!(invocation.id.as_str(), Some("0"));
        assert_eq!(
            invocation.state.first().map(|(key, value)| (key.as_str(), value.get())),
            Some(("name", r#""bob""#))
        );
    }

    #[test]
    fn ids_of_any_kind_are_texts() {
        for (raw, id) in [("1", Some("1")), (r#""1""#, Some("1")), ("null", None), (r#""a\"b""#, Some("a\"b"))] {
            let text = format!(r#"{{"H":"h","M":"m","I":{raw}}}"#);
            assert_eq!(Invocation::parse(&text).unwrap().id.as_str(), id);
        }
    }

    #[test]
    fn what_is_no_invocation_says_why_and_keeps_the_id() {
        for text in ["nonsense", "", "{", "null", "[]", "5", "\"x\"", "{}", r#"{"H":"h","M":"m","I":{}}"#] {
            assert_eq!(Invocation::parse(text).unwrap_err().id, InvocationId::NONE, "{text}");
        }
        for text in [
            r#"{"I":1}"#,
            r#"{"H":"h","I":1}"#,
            r#"{"H":"h","M":"m","A":"x","I":1}"#,
            r#"{"H":"h","M":"m","S":[],"I":1}"#,
        ] {
            assert_eq!(Invocation::parse(text).unwrap_err().id.as_str(), Some("1"), "{text}");
        }
    }

    #[test]
    fn state_is_bounded_in_characters_without_blanks() {
        let of = |length: usize| format!(r#"{{"H":"h","M":"m","S":{{ "k" : "{}" }}}}"#, "x".repeat(length));
        assert!(Invocation::parse(&of(4_088)).is_ok());
        assert!(Invocation::parse(&of(4_089)).is_err());
    }
}
