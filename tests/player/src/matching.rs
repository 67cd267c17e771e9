//! Whether a text is what a pattern with placeholders says.

use std::borrow::Cow;

use crate::placeholder::{Values, expand, next_place};

/// A placeholder's name and the value that it met.
pub(crate) type Binding = (String, String);

/// Whether a text is what a pattern says; if so, what its new placeholders met.
pub(crate) fn fits(pattern: &str, text: &str, values: &impl Values) -> Option<Vec<Binding>> {
    let pattern = expand(pattern);
    if pattern == text {
        return Some(Vec::new());
    }
    let (pieces, names) = pieces(&pattern, values);
    let mut matcher = Matcher { pieces: &pieces, bound: Vec::new() };
    if !matcher.matches(0, text) {
        return None;
    }
    let values = matcher.bound.iter().map(|value| (*value).to_owned());
    Some(names.into_iter().zip(values).collect())
}

#[derive(Debug)]
enum Piece<'a> {
    Text(Cow<'a, str>),
    /// As little as possible of anything.
    Anything,
    /// A cursor or groups token: as much as possible of a JSON string without escapes.
    Opaque,
    /// The n-th value met for the first time: as little as possible, and no quote.
    New(usize),
    /// The value that the n-th new placeholder met.
    Again(usize),
}

fn pieces<'a>(pattern: &'a str, values: &impl Values) -> (Vec<Piece<'a>>, Vec<String>) {
    let mut pieces = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut from = 0;
    while let Some((range, name)) = next_place(pattern, from) {
        pieces.push(Piece::Text(pattern[from..range.start].into()));
        from = range.end;
        pieces.push(if name == "*" {
            Piece::Anything
        } else if name.ends_with(".cursor") || name.ends_with(".groups") {
            Piece::Opaque
        } else if let Some(value) = values.value(name) {
            Piece::Text(value.into())
        } else if let Some(index) = names.iter().position(|known| known == name) {
            Piece::Again(index)
        } else {
            names.push(name.to_owned());
            Piece::New(names.len() - 1)
        });
    }
    pieces.push(Piece::Text(pattern[from..].into()));
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    (pieces, names)
}

/// Tries the lengths of the pieces in turn, as a backtracking regular expression does.
struct Matcher<'p, 't> {
    pieces: &'p [Piece<'p>],
    bound: Vec<&'t str>,
}

impl<'t> Matcher<'_, 't> {
    fn matches(&mut self, at: usize, rest: &'t str) -> bool {
        let Some(piece) = self.pieces.get(at) else {
            return rest.is_empty();
        };
        match piece {
            Piece::Text(text) => rest.strip_prefix(text.as_ref()).is_some_and(|rest| self.matches(at + 1, rest)),
            Piece::Again(index) => rest.strip_prefix(self.bound[*index]).is_some_and(|rest| self.matches(at + 1, rest)),
            Piece::Anything => self.anything(at, rest),
            Piece::Opaque => {
                let longest = &rest[..rest.find(['"', '\\']).unwrap_or(rest.len())];
                ends(longest).rev().any(|end| self.matches(at + 1, &rest[end..]))
            }
            Piece::New(index) => {
                let longest = &rest[..rest.find('"').unwrap_or(rest.len())];
                ends(longest).any(|end| {
                    // Those of attempts that failed are still there.
                    self.bound.truncate(*index);
                    self.bound.push(&rest[..end]);
                    self.matches(at + 1, &rest[end..])
                })
            }
        }
    }

    fn anything(&mut self, at: usize, rest: &'t str) -> bool {
        match self.pieces.get(at + 1) {
            None => true,
            // Only where the next text stands can this end; a search finds that faster than trying every place.
            Some(Piece::Text(text)) => {
                let mut from = 0;
                while let Some(found) = rest[from..].find(text.as_ref()) {
                    if self.matches(at + 1, &rest[from + found..]) {
                        return true;
                    }
                    from += found + rest[from + found..].chars().next().map_or(1, char::len_utf8);
                }
                false
            }
            Some(_) => std::iter::once(0).chain(ends(rest)).any(|end| self.matches(at + 1, &rest[end..])),
        }
    }
}

/// Where each character of a text ends.
fn ends(text: &str) -> impl DoubleEndedIterator<Item = usize> {
    text.char_indices().map(|(at, c)| at + c.len_utf8())
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

    const NOTHING: Known = Known(&[]);

    fn bound(pattern: &str, text: &str, values: &Known) -> Option<Vec<String>> {
        let bindings = fits(pattern, text, values)?;
        Some(bindings.into_iter().map(|(name, value)| format!("{name}={value}")).collect())
    }

    fn holds(pattern: &str, text: &str) -> bool {
        fits(pattern, text, &NOTHING).is_some()
    }

    #[test]
    fn a_text_without_placeholders_must_be_the_same() {
        assert!(holds(r#"{"I":"0"}"#, r#"{"I":"0"}"#));
        for other in [r#"{"I":"1"}"#, r#"{"I":"0"} "#, r#"{"I": "0"}"#, r#"{"I":0}"#, "", r#"{"I":"0"}{"I":"0"}"#] {
            assert!(!holds(r#"{"I":"0"}"#, other), "{other}");
        }
    }

    #[test]
    fn punctuation_means_itself() {
        assert!(!holds("a.b", "axb"));
        assert!(holds(r"\d+ (x) [y] <*>", r"\d+ (x) [y] z"));
        assert!(!holds(r"\d+ <*>", "1 z"));
    }

    #[test]
    fn a_known_value_must_be_met_and_may_hold_anything() {
        let known = Known(&[("a.id", "one.two"), ("old", "<*>")]);
        assert_eq!(bound("id <a.id>!", "id one.two!", &known), Some(vec![]));
        assert_eq!(bound("id <a.id>!", "id oneXtwo!", &known), None);
        assert_eq!(bound("<old>!", "anything!", &known), None, "a value is no pattern");
        assert_eq!(bound("<old>!", "<*>!", &known), Some(vec![]));
    }

    #[test]
    fn a_new_value_is_bound_and_must_come_again_the_same() {
        assert_eq!(bound(r#"["<x>","<x>"]"#, r#"["p","p"]"#, &NOTHING), Some(vec!["x=p".into()]));
        assert_eq!(bound(r#"["<x>","<x>"]"#, r#"["p","q"]"#, &NOTHING), None);
        assert_eq!(bound("<x>-<y>", "1-2-3", &NOTHING), Some(vec!["x=1".into(), "y=2-3".into()]));
        assert_eq!(bound("<x>-<x>!", "ab-ab!", &NOTHING), Some(vec!["x=ab".into()]));
        assert_eq!(bound(r#""<x>""#, r#""""#, &NOTHING), None, "not empty");
        assert_eq!(bound("<x>", r#"a"b"#, &NOTHING), None, "no quote");
        assert_eq!(bound("<x>é", "世é", &NOTHING), Some(vec!["x=世".into()]));
    }

    #[test]
    fn a_cursor_is_any_text_without_quotes_or_escapes() {
        let known = Known(&[("a.cursor", "d-1,A")]);
        assert!(fits(r#"{"C":"<a.cursor>","M":[]}"#, r#"{"C":"d-2,B","M":[]}"#, &known).is_some());
        assert!(fits(r#"{"C":"<a.cursor>","M":[]}"#, r#"{"C":"","M":[]}"#, &known).is_none());
        assert!(fits(r#"{"C":"<a.cursor>"}"#, r#"{"C":"d\\"}"#, &known).is_none());
        assert!(fits(r#"{"C":"<a.cursor>","M":[]}"#, r#"{"C":"d","S":1,"M":[]}"#, &known).is_none());
        assert!(fits("<a.groups>x", "yyx", &known).is_some());
    }

    #[test]
    fn anything_is_as_little_as_will_do() {
        assert!(holds("<*>", ""));
        assert!(holds("a<*>", "a"));
        assert!(holds("a<*>c<*>e", "abcde"));
        assert!(holds("<*>ab", "aab"));
        assert!(holds("a<*>", "a\nb\"c"));
        assert!(!holds("a<*>c", "abcd"));
        assert_eq!(bound(r#"<*>"id":"<x>"<*>"#, r#"{"id":"1","id":"2"}"#, &NOTHING), Some(vec!["x=1".into()]));
        assert_eq!(bound("<*><x>", "ab", &NOTHING), Some(vec!["x=ab".into()]));
        assert_eq!(bound("<*><x>=<*><x>!<y>", "ab=cb!d", &NOTHING), Some(vec!["x=b".into(), "y=d".into()]));
    }

    #[test]
    fn a_hopeless_match_of_long_texts_ends() {
        let text = "ab".repeat(50_000);
        assert!(!holds("<*>c", &text));
        assert!(!holds("<x>c", &text));
    }

    #[test]
    fn repetitions_are_counted() {
        assert!(holds("<x*65536>", &"x".repeat(65536)));
        assert!(!holds("<x*65536>", &"x".repeat(65535)));
    }
}
