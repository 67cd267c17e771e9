//! The list in an attribute: `name = "chat", authorize(roles("admin")), connected`.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, Parser};
use syn::{LitStr, Path};

use super::tokens::split_at_commas;
use crate::diagnostics::Diagnostics;

/// One entry of the list.
#[derive(Clone)]
pub(crate) struct Entry {
    /// The word at its beginning.
    pub(crate) name: Ident,
    /// What follows it.
    pub(crate) value: Value,
}

/// What follows the word of an entry.
#[derive(Clone)]
pub(crate) enum Value {
    /// Nothing: `authorize`.
    Nothing,
    /// `= ..`
    Equals(TokenStream),
    /// `(..)`
    List(Group),
}

/// Reads the list. An entry that is no entry is reported, and the others stay.
pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Vec<Entry> {
    let mut after_comma = true;
    for token in tokens.clone() {
        let is_comma = matches!(&token, TokenTree::Punct(sign) if sign.as_char() == ',');
        if is_comma && after_comma {
            diagnostics.on(&token, "there is nothing before this comma: remove it");
        }
        after_comma = is_comma;
    }
    let mut entries = Vec::new();
    for piece in split_at_commas(tokens) {
        entries.extend(entry(piece, diagnostics));
    }
    entries
}

fn entry(piece: TokenStream, diagnostics: &mut Diagnostics) -> Option<Entry> {
    let mut tokens = piece.clone().into_iter();
    let name = match tokens.next() {
        Some(TokenTree::Ident(name)) => name,
        Some(TokenTree::Literal(literal)) => {
            diagnostics.on(literal, "an option has a name: write it as `name = \"..\"`");
            return None;
        }
        Some(other) => {
            diagnostics.on(other, "expected the name of an option");
            return None;
        }
        None => return None,
    };
    let rest: Vec<TokenTree> = tokens.collect();
    let value = match rest.as_slice() {
        [] => Value::Nothing,
        [TokenTree::Punct(sign), value @ ..] if sign.as_char() == '=' => {
            if value.is_empty() {
                diagnostics.on(piece, format_args!("`{name} =` has no value: write one after the `=`"));
                return None;
            }
            Value::Equals(value.iter().cloned().collect())
        }
        [TokenTree::Group(list)] if list.delimiter() == Delimiter::Parenthesis => Value::List(list.clone()),
        [TokenTree::Group(list)] if list.delimiter() != Delimiter::None => {
            diagnostics.at(list.span_open(), format_args!("write `{name}(..)` with round brackets"));
            return None;
        }
        [first, ..] => {
            diagnostics.on(
                first,
                format_args!("unexpected after `{name}`: an option is `{name}`, `{name} = ..` or `{name}(..)`"),
            );
            return None;
        }
    };
    Some(Entry { name, value })
}

impl Entry {
    /// The word without `r#`.
    pub(crate) fn word(&self) -> String {
        self.name.unraw().to_string()
    }

    /// The text of `word = "text"`.
    pub(crate) fn string(&self, diagnostics: &mut Diagnostics) -> Option<LitStr> {
        let word = self.word();
        let text = match &self.value {
            Value::Equals(tokens) => syn::parse2::<LitStr>(tokens.clone()).ok().filter(|text| text.suffix().is_empty()),
            Value::Nothing | Value::List(_) => None,
        };
        if text.is_none() {
            diagnostics.on(self, format_args!("`{word}` takes a text: write `{word} = \"..\"`"));
        }
        text
    }

    /// The path of `word = path`; `example` is a good one. A path in quotes is reported and yet taken, so that what
    /// depends on it is not reported as well.
    pub(crate) fn path(&self, example: &str, diagnostics: &mut Diagnostics) -> Option<Path> {
        let word = self.word();
        let Value::Equals(tokens) = &self.value else {
            diagnostics.on(self, format_args!("`{word}` takes a path: write `{word} = {example}`"));
            return None;
        };
        if let Ok(path) = syn::parse2::<Path>(tokens.clone()) {
            return Some(path);
        }
        let Ok(text) = syn::parse2::<LitStr>(tokens.clone()) else {
            diagnostics.on(tokens, format_args!("`{word}` takes a path, as in `{word} = {example}`"));
            return None;
        };
        diagnostics.on(&text, format_args!("`{word}` takes a path: remove the quotes, as in `{word} = {example}`"));
        text.parse().ok()
    }

    /// Reports an entry that is a word alone and yet has a value. Whether it is right.
    pub(crate) fn flag(&self, diagnostics: &mut Diagnostics) -> bool {
        let word = self.word();
        match &self.value {
            Value::Nothing => return true,
            Value::Equals(value) => {
                diagnostics.on(value, format_args!("`{word}` takes no value: write `{word}` alone"))
            }
            Value::List(list) => diagnostics.on(list, format_args!("`{word}` takes no list: write `{word}` alone")),
        }
        false
    }

    /// The items of `word(item, item)`; `example` is a good entry.
    pub(crate) fn list<T: Parse>(&self, example: &str, diagnostics: &mut Diagnostics) -> Option<Vec<T>> {
        let word = self.word();
        let Value::List(list) = &self.value else {
            diagnostics.on(self, format_args!("`{word}` takes a list in brackets: write `{example}`"));
            return None;
        };
        let mut items = Vec::new();
        let mut sound = true;
        for piece in split_at_commas(list.stream()) {
            match T::parse.parse2(piece.clone()) {
                Ok(item) => items.push(item),
                Err(_) => {
                    sound = false;
                    diagnostics.on(piece, format_args!("not what `{word}` takes: write `{example}`"));
                }
            }
        }
        sound.then_some(items)
    }
}

impl ToTokens for Entry {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.name.to_tokens(tokens);
        match &self.value {
            Value::Nothing => {}
            Value::Equals(value) => {
                // Only for spans: the sign itself is not kept.
                value.to_tokens(tokens);
            }
            Value::List(list) => list.to_tokens(tokens),
        }
    }
}

/// Reports the second of two entries of one name. Keeps the first of each.
pub(crate) fn without_repeated(entries: Vec<Entry>, may_repeat: &[&str], diagnostics: &mut Diagnostics) -> Vec<Entry> {
    let mut kept: Vec<Entry> = Vec::new();
    for entry in entries {
        let word = entry.word();
        if !may_repeat.contains(&word.as_str()) && kept.iter().any(|earlier| earlier.word() == word) {
            diagnostics.on(&entry, format_args!("`{word}` is given twice: keep one of them"));
        } else {
            kept.push(entry);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn a_bad_entry_leaves_the_others() {
        let mut diagnostics = Diagnostics::default();
        let entries = parse(quote!("chat", name = "x", authorize(roles("a")), client =, connected), &mut diagnostics);
        let words: Vec<String> = entries.iter().map(Entry::word).collect();
        assert_eq!(words, ["name", "authorize", "connected"]);
        assert_eq!(diagnostics.count(), 2);
    }

    #[test]
    fn quotes_around_a_path_are_named() {
        let mut diagnostics = Diagnostics::default();
        let entries = parse(quote!(client = "ChatClient"), &mut diagnostics);
        for entry in &entries {
            assert!(entry.path("ChatClient", &mut diagnostics).is_some());
        }
        assert_eq!(diagnostics.messages(), ["`client` takes a path: remove the quotes, as in `client = ChatClient`"]);
    }
}
