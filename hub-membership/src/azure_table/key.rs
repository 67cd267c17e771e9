//! Names as keys of a table.
//!
//! Keys are any UTF-16 of up to 512 units but for `/`, `\`, `#`, `?` and control characters, and they travel in URLs and in filters. Letters
//! and digits of all scripts stand for themselves, as do `-`, `_` and `.`; every other byte is `=` and two hexadecimal digits. What would be too long that way is
//! `=~` and base64url.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

/// What a key may have, in units of UTF-16.
const MAX_UNITS: usize = 512;
const LONG: &str = "=~";

/// The key that stands for a name of up to 256 bytes.
pub(super) fn to_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_alphanumeric() || matches!(character, '-' | '_' | '.') {
            key.push(character);
        } else {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                key.push_str(&format!("={byte:02X}"));
            }
        }
    }
    if key.encode_utf16().count() <= MAX_UNITS {
        return key;
    }
    format!("{LONG}{}", BASE64_URL_SAFE_NO_PAD.encode(name))
}

/// The name that a key stands for; none if it is not one of ours.
pub(super) fn from_key(key: &str) -> Option<String> {
    if let Some(long) = key.strip_prefix(LONG) {
        return String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(long).ok()?).ok();
    }
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        if *first != b'=' {
            bytes.push(*first);
            rest = others;
            continue;
        }
        let digits = std::str::from_utf8(others.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = others.get(2..)?;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_stand_for_themselves() {
        for name in ["ann", "tea-room_1.a", "日本語", "Zoë"] {
            assert_eq!(to_key(name), name);
        }
        assert_eq!(to_key("a/b c"), "a=2Fb=20c");
    }

    #[test]
    fn every_name_comes_back_within_what_a_key_may_have() {
        for name in ["tea", "a/b", "nul\0nul", "=2F", "=~x", "\u{80}", "\u{fffe}", "🦀", "%", "'", " ", "İ"]
            .map(str::to_owned)
            .into_iter()
            .chain(["x".repeat(256), "\0".repeat(256), "🦀".repeat(64), "日".repeat(85)])
        {
            let key = to_key(&name);
            assert!(key.encode_utf16().count() <= MAX_UNITS, "{name:?}");
            assert!(!key.contains(|character: char| "/\\#?'".contains(character) || character.is_control()), "{key:?}");
            assert_eq!(from_key(&key).as_deref(), Some(&*name));
        }
        for foreign in ["=", "=2", "=zz", "=~*", "=groups", "=ff"] {
            assert_eq!(from_key(foreign), None, "{foreign}");
        }
    }
}
