//! Templates: texts and bytes with placeholders in them, and what placeholders stand for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

/// `<name.kind>`, `<str:name.kind>`.
static PLACEHOLDER: LazyLock<regex::Regex> = LazyLock::new(|| {
    regex::Regex::new(r"<(str:)?([A-Za-z][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)?)>").expect("a valid expression")
});
/// `<x*100>`.
static REPEAT: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new(r"<(.)\*([0-9]+)>").expect("a valid expression"));
/// The pieces of a `hex:` template.
static HEX: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new(r"'([^']*)'|`([^`]*)`|(<[^>]*>)|([0-9a-fA-F]{2})|(\S)").expect("a valid one"));

/// What values of a kind look like.
fn look(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "id" => "[A-Za-z0-9_-]{22}",
        "token" => "[A-Za-z0-9_-]{22,}",
        "number" => "-?[0-9]+",
        "serial" => "s[0-9]+",
        "guid" => "[A-Za-z0-9+/]{22}",
        "int" => r"[\x00-\x7f]|\xcc[\x00-\xff]|\xcd[\x00-\xff]{2}|\xce[\x00-\xff]{4}",
        "date" => r"[^\r\n]+",
        "len" => r"[\x80-\xff]{0,4}[\x00-\x7f]",
        "any" => r"[\x00-\xff]*?",
        _ => return None,
    })
}

fn kind(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Kinds that match anything each time.
fn is_volatile(name: &str) -> bool {
    matches!(kind(name), "date" | "len" | "any")
}

#[derive(Debug, PartialEq)]
enum Piece {
    Literal(Vec<u8>),
    Placeholder { name: String, packed: bool },
}

/// A MessagePack string with its header.
fn pack(value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let mut packed = match u8::try_from(length) {
        Ok(short) if short < 32 => vec![0xa0 | short],
        Ok(length) => vec![0xd9, length],
        Err(_) => vec![0xda, (length >> 8) as u8, (length & 0xff) as u8],
    };
    packed.extend_from_slice(value);
    packed
}

fn parse_text(text: &str, pieces: &mut Vec<Piece>) {
    let text =
        REPEAT.replace_all(text, |found: &regex::Captures<'_>| found[1].repeat(found[2].parse::<usize>().unwrap_or(0)));
    let mut at = 0;
    for found in PLACEHOLDER.captures_iter(&text) {
        let (whole, name) = (found.get(0).expect("the whole"), &found[2]);
        if look(kind(name)).is_none() {
            continue;
        }
        pieces.push(Piece::Literal(text[at..whole.start()].into()));
        pieces.push(Piece::Placeholder { name: name.to_owned(), packed: found.get(1).is_some() });
        at = whole.end();
    }
    pieces.push(Piece::Literal(text[at..].into()));
}

fn parse(template: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let Some(hex) = template.strip_prefix("hex:") else {
        parse_text(template, &mut pieces);
        return Ok(pieces);
    };
    for found in HEX.captures_iter(hex) {
        if let Some(text) = found.get(1).or(found.get(2)).or(found.get(3)) {
            parse_text(text.as_str(), &mut pieces);
        } else if let Some(digits) = found.get(4) {
            let byte = u8::from_str_radix(digits.as_str(), 16).map_err(|error| error.to_string())?;
            pieces.push(Piece::Literal(vec![byte]));
        } else {
            return Err(format!("not hexadecimal: {template}"));
        }
    }
    Ok(pieces)
}

/// What placeholders stand for, from their first sight on.
#[derive(Debug, Default)]
pub(super) struct Bindings(BTreeMap<String, Vec<u8>>);

impl Bindings {
    pub(super) fn set(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.0.insert(name.into(), value.into());
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// The bytes of a template whose placeholders are all known. `<len>` in front is the length prefix of the rest.
    pub(super) fn fill(&self, template: &str) -> Result<Vec<u8>, String> {
        if let Some(rest) = template.strip_prefix("hex:<len>") {
            let rest = self.fill(&format!("hex:{rest}"))?;
            let (mut bytes, mut length) = (Vec::new(), rest.len());
            while bytes.is_empty() || length > 0 {
                bytes.push((length & 0x7f) as u8 | if length > 0x7f { 0x80 } else { 0 });
                length >>= 7;
            }
            bytes.extend(rest);
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        for piece in parse(template)? {
            match piece {
                Piece::Literal(literal) => bytes.extend(literal),
                Piece::Placeholder { name, packed } => {
                    let value = self.0.get(&name).ok_or_else(|| format!("<{name}> is not known yet"))?;
                    bytes.extend(if packed { pack(value) } else { value.clone() });
                }
            }
        }
        Ok(bytes)
    }

    pub(super) fn fill_text(&self, template: &str) -> Result<String, String> {
        Ok(String::from_utf8_lossy(&self.fill(template)?).into_owned())
    }

    /// Whether the template describes these bytes; placeholders met for the first time are bound then.
    pub(super) fn matches(&mut self, template: &str, bytes: &[u8]) -> bool {
        let Ok(pieces) = parse(template) else { return false };
        let mut expression = String::from("^");
        // The groups in their order: a name twice must be the same both times.
        let mut groups = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Literal(literal) => escape(&literal, &mut expression),
                Piece::Placeholder { name, packed } => match self.0.get(&name) {
                    Some(value) if packed => escape(&pack(value), &mut expression),
                    Some(value) => escape(value, &mut expression),
                    None => {
                        let look = look(kind(&name)).unwrap_or_default();
                        if is_volatile(&name) {
                            expression.push_str(&format!("(?:{look})"));
                            continue;
                        }
                        if packed {
                            expression.push_str(r"(?:[\xa0-\xbf]|\xd9[\x00-\xff]|\xda[\x00-\xff]{2})");
                        }
                        expression.push_str(&format!("({look})"));
                        groups.push(name);
                    }
                },
            }
        }
        expression.push('$');
        let Some(found) = compile(&expression).and_then(|expression| expression.captures(bytes)) else { return false };
        let mut fresh: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (index, name) in groups.into_iter().enumerate() {
            let value = found.get(index + 1).map(|group| group.as_bytes().to_vec()).unwrap_or_default();
            if fresh.insert(name, value.clone()).is_some_and(|before| before != value) {
                return false;
            }
        }
        self.0.extend(fresh);
        true
    }
}

fn compile(expression: &str) -> Option<Regex> {
    RegexBuilder::new(expression).unicode(false).dot_matches_new_line(true).size_limit(64 << 20).build().ok()
}

fn escape(bytes: &[u8], expression: &mut String) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() {
            expression.push(char::from(*byte));
        } else {
            expression.push_str(&format!(r"\x{byte:02x}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_bound_at_first_sight_and_the_same_from_then_on() {
        let mut bindings = Bindings::default();
        assert!(bindings.matches("n=<a.number>,<a.number>,<any>.", b"n=12,12,what\never."));
        assert!(!bindings.matches("<a.number>", b"13"));
        assert!(!Bindings::default().matches("<a.number>,<a.number>", b"1,2"));
        assert_eq!(bindings.fill_text("<a.number><b*3>"), Ok("12bbb".to_owned()));
        assert!(bindings.fill("<b.id>").is_err());
    }

    #[test]
    fn bytes_are_written_in_hexadecimal_and_quotes() {
        let mut bindings = Bindings::default();
        bindings.set("q.serial", "s1");
        assert_eq!(bindings.fill("hex:<len> 93 'it' <str:q.serial>"), Ok(b"\x06\x93it\xa2s1".to_vec()));
        assert!(Bindings::default().matches("hex:95 <str:q.serial> ff", b"\x95\xa3s12\xff"));
        assert!(bindings.fill("hex:9").is_err());
    }
}
