//! What a name is on the wire, and which names are not allowed there.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::LitStr;
use syn::ext::IdentExt as _;

use crate::diagnostics::{Diagnostics, did_you_mean};
use crate::parse::options::Entry;

/// The longest name, so that a client's wrong guess costs little.
const MAX_NAME_BYTES: usize = 128;

/// How a Rust name is written on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RenameRule {
    /// `joinRoom`
    #[default]
    Camel,
    /// `JoinRoom`
    Pascal,
    /// `join_room`
    Snake,
    /// As it is.
    None,
}

impl RenameRule {
    const KNOWN: [&'static str; 4] = ["camelCase", "PascalCase", "snake_case", "none"];

    /// Reads `rename_all = ".."`.
    pub(crate) fn read(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Self> {
        let text = entry.string(diagnostics)?;
        match text.value().as_str() {
            "camelCase" => Some(Self::Camel),
            "PascalCase" => Some(Self::Pascal),
            "snake_case" => Some(Self::Snake),
            "none" => Some(Self::None),
            other => {
                let way_out = did_you_mean(other, &Self::KNOWN);
                diagnostics.on(&text, format_args!("`rename_all` knows no `{other}`: {way_out}"));
                None
            }
        }
    }

    /// `name` as it is written on the wire; `hub_core::RenameRule` does the same when a hub is registered.
    pub(crate) fn apply(self, name: &str) -> String {
        match self {
            Self::Camel => joined(name, lower_first),
            Self::Pascal => joined(name, upper_first),
            Self::Snake => snake(name),
            Self::None => name.to_owned(),
        }
    }
}

/// A name on the wire, with the code that gives it.
#[derive(Clone)]
pub(crate) struct WireName {
    /// The name.
    pub(crate) text: String,
    /// The text of `name = ".."`, or the Rust name.
    written: TokenStream,
}

impl WireName {
    /// The name that `ident` has, unless `given` says otherwise. A name that is not allowed is reported: `what` it names.
    pub(crate) fn new(
        ident: &Ident,
        given: Option<&LitStr>,
        rule: RenameRule,
        what: &str,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let name = match given {
            Some(text) => Self { text: text.value(), written: text.to_token_stream() },
            None => Self { text: rule.apply(&ident.unraw().to_string()), written: ident.to_token_stream() },
        };
        if let Some(reason) = refusal(&name.text, what) {
            diagnostics.on(&name, reason);
        }
        name
    }

    /// The name of a method that has none on the wire.
    pub(crate) fn unchecked(ident: &Ident) -> Self {
        Self { text: ident.unraw().to_string(), written: ident.to_token_stream() }
    }

    /// Whether a client cannot tell the two apart.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.text.to_lowercase() == other.text.to_lowercase()
    }
}

impl ToTokens for WireName {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.written.to_tokens(tokens);
    }
}

/// Why `name` cannot be the name of a `what`.
fn refusal(name: &str, what: &str) -> Option<String> {
    if name.is_empty() {
        return Some(format!("the name of a {what} cannot be empty on the wire: give it one with `name = \"..\"`"));
    }
    if name.starts_with('$') {
        return Some(format!(
            "`{name}` begins with `$`, which is kept for the wire itself: name the {what} without it"
        ));
    }
    if name.contains('.') {
        return Some(format!(
            "`{name}` has a `.` in it, which stands between hub and method on the wire: name the {what} without it"
        ));
    }
    if let Some(sign) = name.chars().find(|sign| sign.is_control() || matches!(sign, '"' | '\'' | '\\')) {
        return Some(format!(
            "{name:?} has {sign:?} in it, which scripts cannot have in a name: name the {what} without it"
        ));
    }
    if name.len() > MAX_NAME_BYTES {
        return Some(format!(
            "this name is {} bytes long: keep the name of a {what} within {MAX_NAME_BYTES}",
            name.len()
        ));
    }
    if matches!(name, "__proto__" | "constructor" | "prototype") {
        return Some(format!(
            "`{name}` is taken in every JavaScript object: give the {what} another name with `name = \"..\"`"
        ));
    }
    None
}

/// The words of `name`, put together as `first` has it; all but the first begin large.
fn joined(name: &str, first: fn(&str) -> String) -> String {
    let mut words = name.split('_').filter(|word| !word.is_empty());
    let mut result = words.next().map(first).unwrap_or_default();
    for word in words {
        result.push_str(&upper_first(word));
    }
    result
}

fn lower_first(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn upper_first(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn snake(name: &str) -> String {
    let mut result = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !result.is_empty() && !result.ends_with('_') {
            result.push('_');
        }
        result.extend(letter.to_lowercase());
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule() {
        for (name, camel, pascal, snake) in [
            ("join_room", "joinRoom", "JoinRoom", "join_room"),
            ("joinRoom", "joinRoom", "JoinRoom", "join_room"),
            ("ChatHub", "chatHub", "ChatHub", "chat_hub"),
            ("_hidden", "hidden", "Hidden", "_hidden"),
            ("room_2_go", "room2Go", "Room2Go", "room_2_go"),
            ("type", "type", "Type", "type"),
            ("__odd__name_", "oddName", "OddName", "__odd__name_"),
            ("a1_b2", "a1B2", "A1B2", "a1_b2"),
            ("__", "", "", "__"),
        ] {
            assert_eq!(RenameRule::Camel.apply(name), camel);
            assert_eq!(RenameRule::Pascal.apply(name), pascal);
            assert_eq!(RenameRule::Snake.apply(name), snake);
            assert_eq!(RenameRule::None.apply(name), name);
        }
    }

    #[test]
    fn names_that_would_hurt_are_refused() {
        for name in ["", "$x", "a.b", "__proto__", "constructor", "prototype", &"x".repeat(129)] {
            assert!(refusal(name, "hub").is_some(), "{name}");
        }
        assert!(refusal(&"x".repeat(128), "hub").is_none());
    }
}
