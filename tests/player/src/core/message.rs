//! Hub messages: cut out of what a transport carries, and compared.

use super::template::Bindings;
use crate::scenario::json::Json;

const SEPARATOR: u8 = 0x1e;

/// What travels on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Json,
    MessagePack,
    Raw,
}

impl Protocol {
    pub(super) fn named(name: Option<&str>) -> Self {
        match name {
            Some("messagepack") => Self::MessagePack,
            Some("raw") => Self::Raw,
            _ => Self::Json,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::MessagePack => "messagepack",
            Self::Raw => "raw",
        }
    }

    /// Whole messages, and what is left over.
    pub(super) fn split(self, bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>) {
        match self {
            Self::MessagePack => split_by_length(bytes),
            Self::Json | Self::Raw => split_json(bytes),
        }
    }

    /// The type of a message, if it has one.
    pub(super) fn type_of(self, message: &[u8]) -> Option<u64> {
        match self {
            Self::Raw => None,
            Self::Json => match serde_json::from_slice(message.strip_suffix(&[SEPARATOR])?).ok()? {
                Json::Members(members) => members.iter().find_map(|(name, value)| match value {
                    Json::Number(number) if name == "type" => number.as_u64(),
                    _ => None,
                }),
                _ => None,
            },
            Self::MessagePack => {
                let end = message.iter().position(|byte| byte & 0x80 == 0)?;
                match message.get(end + 1..)? {
                    [0x91..=0x9f, kind, ..] => Some(u64::from(*kind)),
                    _ => None,
                }
            }
        }
    }

    /// The type of a message that is expected.
    pub(super) fn type_of_template(self, template: &Json) -> Option<u64> {
        match template {
            Json::Members(members) => members.iter().find_map(|(name, value)| match value {
                Json::Number(number) if name == "type" => number.as_u64(),
                _ => None,
            }),
            Json::Text(text) if self == Self::MessagePack => {
                let mut words = text.strip_prefix("hex:")?.split_whitespace().skip(1);
                let (array, kind) = (words.next()?, words.next()?);
                array.starts_with('9').then(|| kind.parse().ok()).flatten()
            }
            _ => None,
        }
    }
}

/// Each with its separator.
pub(super) fn split_json(bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let (mut messages, mut rest) = (Vec::new(), bytes);
    while let Some(end) = rest.iter().position(|byte| *byte == SEPARATOR) {
        messages.push(rest[..=end].to_vec());
        rest = &rest[end + 1..];
    }
    (messages, rest.to_vec())
}

/// Each with its length in front.
fn split_by_length(bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let (mut messages, mut rest) = (Vec::new(), bytes);
    while let Some(prefix) = rest.iter().position(|byte| byte & 0x80 == 0) {
        let length =
            rest[..=prefix].iter().rev().fold(0_usize, |length, byte| (length << 7) | usize::from(byte & 0x7f));
        let end = prefix + 1 + length;
        if end > rest.len() {
            break;
        }
        messages.push(rest[..end].to_vec());
        rest = &rest[end..];
    }
    (messages, rest.to_vec())
}

/// The template of a message: an object or array is its JSON and the separator, a text is itself.
pub(super) fn template(message: &Json) -> String {
    match message {
        Json::Text(text) => text.clone(),
        other => format!("{other}\u{1e}"),
    }
}

/// Whether this is the message that the template describes. JSON may be spelled otherwise, but for the order of members.
pub(super) fn fits(bindings: &mut Bindings, template: &str, bytes: &[u8]) -> bool {
    if bindings.matches(template, bytes) {
        return true;
    }
    if template.starts_with("hex:") {
        return false;
    }
    match (plain(template.as_bytes()), plain(bytes)) {
        (Some(wanted), Some(got)) => bindings.matches(&wanted, got.as_bytes()),
        _ => false,
    }
}

/// JSON without blanks, escapes and other spellings of numbers.
fn plain(bytes: &[u8]) -> Option<String> {
    let (json, end) = match bytes.strip_suffix(&[SEPARATOR]) {
        Some(json) => (json, "\u{1e}"),
        None => (bytes, ""),
    };
    let json: Json = serde_json::from_slice(json).ok()?;
    Some(format!("{}{end}", respelled(json)))
}

/// Whole numbers without a fraction.
fn respelled(json: Json) -> Json {
    match json {
        Json::Number(number) => match number.as_f64() {
            Some(value) if !number.is_i64() && !number.is_u64() && value.fract() == 0.0 && value.abs() < 1e15 => {
                Json::Number((value as i64).into())
            }
            _ => Json::Number(number),
        },
        Json::List(items) => Json::List(items.into_iter().map(respelled).collect()),
        Json::Members(members) => {
            Json::Members(members.into_iter().map(|(name, value)| (name, respelled(value))).collect())
        }
        other => other,
    }
}

/// For people.
pub(super) fn shown(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().all(|character| character == '\u{1e}' || !character.is_control()) => {
            text.replace('\u{1e}', "␞")
        }
        _ => bytes.iter().map(|byte| format!("{byte:02x} ")).collect::<String>().trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_out_whole() {
        let (messages, left) = Protocol::Json.split(b"{}\x1e[1]\x1e{");
        assert_eq!((messages, left), (vec![b"{}\x1e".to_vec(), b"[1]\x1e".to_vec()], b"{".to_vec()));
        let (messages, left) = Protocol::MessagePack.split(b"\x02\x91\x06\x81\x00x\x05a");
        assert_eq!((messages, left), (vec![b"\x02\x91\x06".to_vec(), b"\x81\x00x".to_vec()], b"\x05a".to_vec()));
        assert_eq!(Protocol::MessagePack.type_of(b"\x02\x91\x06"), Some(6));
    }

    #[test]
    fn json_may_be_spelled_otherwise_but_not_in_another_order() {
        let mut bindings = Bindings::default();
        assert!(fits(&mut bindings, "{\"a\":0,\"b\":\"é\"}\u{1e}", b"{ \"a\":0.0,\"b\":\"\\u00e9\"}\x1e"));
        assert!(!fits(&mut bindings, "{\"a\":1,\"b\":2}", b"{\"b\":2,\"a\":1}"));
    }
}
