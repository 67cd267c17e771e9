//! What both JSON wires need: values encoded once, and a bound on nesting that costs no recursion.

use bytes::Bytes;
use serde::Serialize;

/// One value as compact JSON.
pub(crate) type EncodedValue = Bytes;

/// Encodes a value as compact JSON.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<EncodedValue, serde_json::Error> {
    serde_json::to_vec(value).map(Bytes::from)
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
    fn brackets_in_texts_do_not_count() {
        assert!(!depth_exceeds(r#"["[[[[","\"[["]"#, 1));
        assert!(depth_exceeds(r#"[[1]]"#, 1));
        assert!(!depth_exceeds(r#"[[1],[2],{"a":[]}]"#, 3));
        assert!(depth_exceeds(r#"[[1],[2],{"a":[]}]"#, 2));
    }
}
