//! What both JSON wires need: values encoded once, and a bound on nesting that costs no recursion.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{EncodeError, finite::Checked};

/// Encodes a value as compact JSON, to be put into messages as it is.
pub(crate) fn raw_json<T: Serialize + ?Sized>(value: &T) -> Result<Box<RawValue>, EncodeError> {
    to_raw_value(&Checked(value)).map_err(EncodeError::new)
}

/// A text as JSON. `serde_json::Value` could say it as well, and would bring the code of a whole document with it.
pub(crate) fn quoted(text: &str) -> String {
    // A text has no way to fail.
    serde_json::to_string(text).unwrap_or_default()
}

/// Writes U+0085, U+2028 and U+2029 as escapes, as the original server does: one of the clients takes them for ends of lines in an
/// event stream. In JSON they stand in texts alone. What has none of them is given back as it is.
pub(crate) fn escape_line_ends(json: Vec<u8>) -> Vec<u8> {
    let escape_at = |at: usize| match json.get(at..)? {
        [0xC2, 0x85, ..] => Some((2, "\\u0085")),
        [0xE2, 0x80, 0xA8, ..] => Some((3, "\\u2028")),
        [0xE2, 0x80, 0xA9, ..] => Some((3, "\\u2029")),
        _ => None,
    };
    let candidates = json.iter().enumerate().filter(|(_, byte)| matches!(byte, 0xC2 | 0xE2));
    let found: Vec<(usize, (usize, &str))> =
        candidates.filter_map(|(at, _)| escape_at(at).map(|escape| (at, escape))).collect();
    if found.is_empty() {
        return json;
    }
    let mut out = Vec::with_capacity(json.len().saturating_add(found.len().saturating_mul(4)));
    let mut from = 0;
    for (at, (length, escape)) in found {
        out.extend_from_slice(json.get(from..at).unwrap_or_default());
        out.extend_from_slice(escape.as_bytes());
        from = at.saturating_add(length);
    }
    out.extend_from_slice(json.get(from..).unwrap_or_default());
    out
}

/// Whether valid JSON nests arrays and objects deeper than `limit`.
pub(crate) fn depth_exceeds(json: &str, limit: usize) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'[' | b'{' => {
                depth = depth.saturating_add(1);
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_beyond_ascii_are_escaped() {
        assert_eq!(escape_line_ends("\"é\u{85}a\u{2028}\u{2029}€\"".into()), "\"é\\u0085a\\u2028\\u2029€\"".as_bytes());
        assert_eq!(escape_line_ends(b"[1]".to_vec()), b"[1]");
    }

    #[test]
    fn brackets_in_texts_do_not_count() {
        assert!(!depth_exceeds(r#"["[[[[","\"[["]"#, 1));
        assert!(depth_exceeds(r#"[[1]]"#, 1));
        assert!(!depth_exceeds(r#"[[1],[2],{"a":[]}]"#, 3));
        assert!(depth_exceeds(r#"[[1],[2],{"a":[]}]"#, 2));
    }
}
