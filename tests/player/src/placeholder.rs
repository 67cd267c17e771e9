//! The placeholders in texts: how they are written, and what is put in their place.
//!
//! `<x*100>` is a hundred times x; `<*>` is anything; `<a.cursor>` and `<a.groups>` are opaque and match any such value;
//! any other `<name>` is a value, bound by what it meets first if there is none yet.

use std::borrow::Cow;
use std::ops::Range;

/// Where the values of placeholders are.
pub(crate) trait Values {
    /// The value of a placeholder, if it has one.
    fn value(&self, name: &str) -> Option<String>;
}

/// Writes out `<x*100>`.
pub(crate) fn expand(text: &str) -> Cow<'_, str> {
    replace(text, repetition, |(letter, count)| letter.to_string().repeat(count))
}

/// Writes out repetitions and puts in the values of placeholders; those without a value stay as they are.
pub(crate) fn fill(text: &str, values: &impl Values) -> String {
    replace_places(&expand(text), |name| values.value(name).unwrap_or_else(|| format!("<{name}>")))
}

/// Puts something in the place of every placeholder.
pub(crate) fn replace_places(text: &str, value: impl Fn(&str) -> String) -> String {
    replace(text, place, value).into_owned()
}

/// The next placeholder at or behind `from`: where it is, and its name.
pub(crate) fn next_place(text: &str, from: usize) -> Option<(Range<usize>, &str)> {
    find(text, from, place)
}

/// Reads a placeholder at the beginning of a text: its length and what is in it.
type Reader<'t, T> = fn(&'t str) -> Option<(usize, T)>;

fn find<'t, T>(text: &'t str, from: usize, read: Reader<'t, T>) -> Option<(Range<usize>, T)> {
    let candidates = text[from..].match_indices('<').map(|(at, _)| from + at);
    candidates.filter_map(|at| read(&text[at..]).map(|(length, found)| (at..at + length, found))).next()
}

fn replace<'t, T>(text: &'t str, read: Reader<'t, T>, value: impl Fn(T) -> String) -> Cow<'t, str> {
    let mut replaced = String::new();
    let mut from = 0;
    while let Some((range, found)) = find(text, from, read) {
        replaced += &text[from..range.start];
        replaced += &value(found);
        from = range.end;
    }
    if from == 0 {
        return text.into();
    }
    replaced += &text[from..];
    replaced.into()
}

/// `<*>`, `<name>` or `<name.field>`.
fn place(text: &str) -> Option<(usize, &str)> {
    let inner = text.strip_prefix('<')?;
    let name = &inner[..inner.find('>')?];
    let (head, field) = name.split_once('.').map_or((name, None), |(head, field)| (head, Some(field)));
    let is_head =
        head.starts_with(|c: char| c.is_ascii_alphabetic()) && head.chars().all(|c| c.is_ascii_alphanumeric());
    let is_field = field.is_none_or(|field| !field.is_empty() && field.chars().all(|c| c.is_ascii_lowercase()));
    ((is_head && is_field) || name == "*").then_some((name.len() + 2, name))
}

/// `<x*100>`.
fn repetition(text: &str) -> Option<(usize, (char, usize))> {
    let inner = text.strip_prefix('<')?;
    let letter = inner.chars().next().filter(char::is_ascii_lowercase)?;
    let count = inner[1..].strip_prefix('*')?;
    let count = &count[..count.find('>')?];
    let is_number = !count.is_empty() && count.chars().all(|c| c.is_ascii_digit());
    let number = count.parse().ok().filter(|_| is_number)?;
    Some((count.len() + 4, (letter, number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known(&'static [(&'static str, &'static str)]);

    impl Values for Known {
        fn value(&self, name: &str) -> Option<String> {
            self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn what_has_no_value_stays_when_filled() {
        let known = Known(&[("a.id", "17")]);
        assert_eq!(
            fill("<a.id> <b.id> <script>&</script> <a.ID> <1> <<a.id>>", &known),
            "17 <b.id> <script>&</script> <a.ID> <1> <17>"
        );
    }

    #[test]
    fn repetitions_are_written_out() {
        assert_eq!(expand("<x*3>-<y*0>-<X*2>-<x*>"), "xxx--<X*2>-<x*>");
        assert_eq!(fill("<n*2><n>", &Known(&[("n", "7")])), "nn7");
    }
}
