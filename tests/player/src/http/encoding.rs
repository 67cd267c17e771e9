//! Percent-encoding as the clients do it.

/// Percent-encodes like a browser's `encodeURIComponent`, which is how the clients write their queries.
pub(crate) fn encode_component(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    encoded
}

/// `name=value` pairs joined by `&`, the values percent-encoded.
pub(crate) fn encode_pairs<'a>(pairs: impl IntoIterator<Item = &'a (String, String)>) -> String {
    let encoded: Vec<_> =
        pairs.into_iter().map(|(name, value)| format!("{name}={}", encode_component(value))).collect();
    encoded.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_like_a_browser_does() {
        assert_eq!(encode_component("d-1,2|a é'()*"), "d-1%2C2%7Ca%20%C3%A9'()*");
    }
}
