//! The few regular expressions that the transcripts hold: characters, classes, counts, anchors and a look ahead.

use std::fmt;

use serde::Deserialize;

/// A regular expression of `x`, `\x`, `[a-z]`, `[^a-z]`, each perhaps with `+`, `*`, `?` or `{n}`; `^`, `$` and `(?=…)`.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Expression {
    source: String,
    nodes: Vec<Node>,
}

#[derive(Debug, Clone)]
enum Node {
    Start,
    End,
    Ahead(Vec<Node>),
    Class { class: Class, least: usize, most: usize },
}

/// Ranges of characters, or all but these.
#[derive(Debug, Clone)]
struct Class {
    is_negated: bool,
    ranges: Vec<(char, char)>,
}

impl Expression {
    /// The first place where it fits, as long as possible there.
    pub(crate) fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        starts.filter_map(|start| Some(&text[start..fit(&self.nodes, text, start)?])).next()
    }
}

impl TryFrom<String> for Expression {
    type Error = String;

    fn try_from(source: String) -> Result<Self, String> {
        let nodes = parse(&source)?;
        Ok(Self { source, nodes })
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.source, f)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Class {
    fn contains(&self, c: char) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&c)) != self.is_negated
    }
}

/// Where a match ends that begins at `at`.
fn fit(nodes: &[Node], text: &str, at: usize) -> Option<usize> {
    let Some((node, others)) = nodes.split_first() else {
        return Some(at);
    };
    match node {
        Node::Start => (at == 0).then(|| fit(others, text, at))?,
        Node::End => (at == text.len()).then(|| fit(others, text, at))?,
        Node::Ahead(ahead) => fit(ahead, text, at).and_then(|_| fit(others, text, at)),
        Node::Class { class, least, most } => {
            let fitting = text[at..].chars().take(*most).take_while(|c| class.contains(*c));
            let mut ends = vec![at];
            ends.extend(fitting.scan(at, |end, c| {
                *end += c.len_utf8();
                Some(*end)
            }));
            ends.iter().skip(*least).rev().find_map(|end| fit(others, text, *end))
        }
    }
}

fn parse(source: &str) -> Result<Vec<Node>, String> {
    let wrong = || format!("cannot read the regular expression {source}");
    let mut nodes = Vec::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        if let Some(ahead) = rest.strip_prefix("(?=") {
            let (inner, after) = ahead.split_once(')').ok_or_else(wrong)?;
            nodes.push(Node::Ahead(parse(inner)?));
            rest = after;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        let class = match c {
            '^' => {
                nodes.push(Node::Start);
                continue;
            }
            '$' => {
                nodes.push(Node::End);
                continue;
            }
            '[' => {
                let (inner, after) = rest.split_once(']').ok_or_else(wrong)?;
                rest = after;
                parse_class(inner).ok_or_else(wrong)?
            }
            '\\' => {
                let escaped = rest.chars().next().filter(char::is_ascii_punctuation).ok_or_else(wrong)?;
                rest = &rest[1..];
                Class { is_negated: false, ranges: vec![(escaped, escaped)] }
            }
            '.' | '(' | ')' | '|' | '+' | '*' | '?' | '{' | '}' | ']' => return Err(wrong()),
            _ => Class { is_negated: false, ranges: vec![(c, c)] },
        };
        let (least, most, after) = parse_count(rest).ok_or_else(wrong)?;
        nodes.push(Node::Class { class, least, most });
        rest = after;
    }
    Ok(nodes)
}

fn parse_class(inner: &str) -> Option<Class> {
    let (is_negated, inner) = inner.strip_prefix('^').map_or((false, inner), |inner| (true, inner));
    let characters: Vec<char> = inner.chars().collect();
    if characters.is_empty() || characters.contains(&'\\') {
        return None;
    }
    let mut ranges = Vec::new();
    let mut rest = characters.as_slice();
    while let [first, after @ ..] = rest {
        (rest, _) = match after {
            ['-', last, after @ ..] => (after, ranges.push((*first, *last))),
            _ => (after, ranges.push((*first, *first))),
        };
    }
    Some(Class { is_negated, ranges })
}

/// How often at least and at most, and what follows.
fn parse_count(rest: &str) -> Option<(usize, usize, &str)> {
    Some(match rest.chars().next() {
        Some('+') => (1, usize::MAX, &rest[1..]),
        Some('*') => (0, usize::MAX, &rest[1..]),
        Some('?') => (0, 1, &rest[1..]),
        Some('{') => {
            let (count, after) = rest[1..].split_once('}')?;
            let count = count.parse().ok()?;
            (count, count, after)
        }
        _ => (1, 1, rest),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'t>(source: &str, text: &'t str) -> Option<&'t str> {
        Expression::try_from(source.to_owned()).expect("a known kind of expression").find(text)
    }

    #[test]
    fn classes_and_counts() {
        let guid = "^[0-9a-f]{8}-[0-9a-f]{4}$";
        assert_eq!(find(guid, "0123abcd-ef01"), Some("0123abcd-ef01"));
        for text in ["0123abcd-ef0", "0123abcD-ef01", "0123abcd-ef012", " 0123abcd-ef01"] {
            assert_eq!(find(guid, text), None, "{text}");
        }
        assert_eq!(find("a?b*c", "xbbc"), Some("bbc"));
        assert_eq!(find("a+a", "aaa"), Some("aaa"));
    }

    #[test]
    fn the_first_place_and_the_longest_there() {
        assert_eq!(find("^d-[0-9A-F]+-", "d-292A2FC0-B,38|jr,0"), Some("d-292A2FC0-"));
        assert_eq!(find("[^-,|]+(?=,)", "d-292A2FC0-B,38|jr,0"), Some("B"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for source in ["a.b", "(a|b)", r"\d", "[a", "a{2,3}", "[]"] {
            Expression::try_from(source.to_owned()).expect_err(source);
        }
    }
}
