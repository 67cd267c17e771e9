//! Names as texts of a database: PostgreSQL has none with a NUL in it.

use std::borrow::Cow;

/// The text that stands for a name: itself, unless there is a NUL or a `\` in it.
pub(super) fn to_text(name: &str) -> Cow<'_, str> {
    if name.contains(['\0', '\\']) {
        return name.replace('\\', "\\\\").replace('\0', "\\0").into();
    }
    name.into()
}

/// The name that a text stands for. One that was not written by [`to_text`] stands for itself as far as it can.
pub(super) fn from_text(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut name = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some('\\')) => {
                characters.next();
                name.push('\\');
            }
            ('\\', Some('0')) => {
                characters.next();
                name.push('\0');
            }
            (other, _) => name.push(other),
        }
    }
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_comes_back_and_no_two_share_a_text() {
        let names = ["tea", "nul\0nul", "\\0", "\\\0", "\\\\0", "\0\\", "\\", "\\\\", ""];
        let mut texts = std::collections::HashSet::new();
        for name in names {
            let text = to_text(name);
            assert!(!text.contains('\0'));
            assert_eq!(from_text(&text), name);
            assert!(texts.insert(text.into_owned()), "{name:?}");
        }
        assert_eq!(to_text("tea"), "tea");
        assert_eq!(from_text("c:\\temp"), "c:\\temp", "written by hand");
    }
}
