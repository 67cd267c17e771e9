//! Texts and arrays that are known to be valid JSON, read in place.

use std::borrow::Cow;

use super::super::{Encoding, RawList};

/// The text that a JSON string says. `None` if it is no string, or has half a surrogate pair.
pub(in super::super) fn text(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.trim_ascii().strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') { serde_json::from_str(raw).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(inner)) }
}

/// The elements of an array. `None` if it is none.
pub(in super::super) fn list(raw: &str) -> Option<RawList<'_>> {
    let inner = raw.trim_ascii().strip_prefix('[')?.strip_suffix(']')?.trim_ascii().as_bytes();
    let mut count = 0_usize;
    let mut rest = inner;
    while !rest.is_empty() {
        rest = split_first(rest).1;
        count = count.saturating_add(1);
    }
    Some(RawList::new(Encoding::Json, inner, count))
}

/// The first of the values that stand side by side with commas between them, and those behind it.
pub(in super::super) fn split_first(values: &[u8]) -> (&[u8], &[u8]) {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    let comma = values.iter().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'{' => depth = depth.saturating_add(1),
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => return depth == 0,
            _ => {}
        }
        false
    });
    let (value, rest) = match comma.and_then(|at| values.split_at_checked(at)) {
        Some((value, rest)) => (value, rest.get(1..).unwrap_or_default()),
        None => (values, &[][..]),
    };
    (value.trim_ascii(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_split_at_their_own_commas_only() {
        for (array, elements) in [
            ("[]", &[][..]),
            (" [ ] ", &[]),
            ("[1]", &["1"]),
            (r#"[ "a,b" , [1,[2,3]],{"x":",\"]"} ,null]"#, &[r#""a,b""#, "[1,[2,3]]", r#"{"x":",\"]"}"#, "null"]),
            (r#"["\\",","]"#, &[r#""\\""#, r#"",""#]),
        ] {
            let list = list(array).unwrap();
            let found: Vec<_> =
                list.iter().map(|value| String::from_utf8(value.as_bytes().to_vec()).unwrap()).collect();
            assert_eq!(found, elements, "{array}");
            assert_eq!(list.len(), elements.len(), "{array}");
        }
        assert!(list("{}").is_none());
    }

    #[test]
    fn texts_are_copied_only_to_unescape_them() {
        assert!(matches!(text(r#""plain""#), Some(Cow::Borrowed("plain"))));
        assert_eq!(text(r#""a\"\u00e9""#).as_deref(), Some("a\"é"));
        assert_eq!(text("7"), None);
        assert_eq!(text(r#""\ud800""#), None);
    }
}
