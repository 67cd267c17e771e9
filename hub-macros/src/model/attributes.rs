//! What travels from the user's item to the code made for it.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{AttrStyle, Attribute, Meta};

use crate::parse::tokens::split_at_commas;

/// The attributes of an item that also concern what is made for it, each as a whole `#[..]`.
#[derive(Default, Clone)]
pub(crate) struct Carried {
    /// `cfg`: without the item, nothing is made for it.
    pub(crate) conditions: Vec<TokenStream>,
    /// `doc`.
    pub(crate) docs: Vec<TokenStream>,
    /// `deprecated`.
    pub(crate) deprecated: Vec<TokenStream>,
    /// `allow`, `expect`, `warn`, `deny` and `forbid`.
    ///
    /// `expect` becomes `allow`: what is made for the item need not do what the item does.
    pub(crate) lints: Vec<TokenStream>,
    /// Those of [`lints`](Self::lints) that silence.
    pub(crate) silenced: Vec<TokenStream>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Category {
    Condition,
    Doc,
    Deprecated,
    Lint { silences: bool },
}

impl Carried {
    /// Picks out what travels. `cfg_attr` travels with those of its attributes that would.
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let mut carried = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("cfg_attr") {
                carried.add_conditional(attribute);
            } else if let Some((category, meta)) = travelling(&attribute.meta) {
                carried.add(category, quote!(#[#meta]));
            }
        }
        carried
    }

    /// Whether the item may be absent.
    pub(crate) fn is_conditional(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// Whether naming the item warns.
    pub(crate) fn is_deprecated(&self) -> bool {
        !self.deprecated.is_empty()
    }

    fn add(&mut self, category: Category, attribute: TokenStream) {
        match category {
            Category::Condition => self.conditions.push(attribute),
            Category::Doc => self.docs.push(attribute),
            Category::Deprecated => self.deprecated.push(attribute),
            Category::Lint { silences } => {
                if silences {
                    self.silenced.push(attribute.clone());
                }
                self.lints.push(attribute);
            }
        }
    }

    fn add_conditional(&mut self, attribute: &Attribute) {
        let Meta::List(list) = &attribute.meta else {
            return;
        };
        let mut pieces = split_at_commas(list.tokens.clone()).into_iter();
        let Some(predicate) = pieces.next() else {
            return;
        };
        for piece in pieces {
            let Ok(inner) = syn::parse2::<Meta>(piece) else {
                continue;
            };
            if let Some((category, meta)) = travelling(&inner) {
                self.add(category, quote!(#[cfg_attr(#predicate, #meta)]));
            }
        }
    }
}

/// The category of an attribute that travels, and what it is on the way.
fn travelling(meta: &Meta) -> Option<(Category, TokenStream)> {
    let word = meta.path().get_ident()?.to_string();
    let category = match word.as_str() {
        "cfg" => Category::Condition,
        "doc" => Category::Doc,
        "deprecated" => Category::Deprecated,
        "allow" | "expect" => Category::Lint { silences: true },
        "warn" | "deny" | "forbid" => Category::Lint { silences: false },
        _ => return None,
    };
    let tokens = match (word.as_str(), meta) {
        ("expect", Meta::List(list)) => {
            let inner = &list.tokens;
            quote!(allow(#inner))
        }
        _ => meta.to_token_stream(),
    };
    Some((category, tokens))
}

/// The attributes called `name`, by whatever path.
pub(crate) fn named<'a>(attributes: &'a [Attribute], name: &'a str) -> impl Iterator<Item = &'a Attribute> {
    attributes.iter().filter(move |attribute| {
        matches!(attribute.style, AttrStyle::Outer)
            && attribute.path().segments.last().is_some_and(|segment| segment.ident == name)
    })
}

/// The `cfg_attr` that holds an attribute called `name`.
pub(crate) fn hidden_in_cfg_attr<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    named(attributes, "cfg_attr").find(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return false;
        };
        split_at_commas(list.tokens.clone())
            .into_iter()
            .skip(1)
            .any(|piece| piece.into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == name)))
    })
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn texts(attributes: &[TokenStream]) -> Vec<String> {
        attributes.iter().map(|attribute| attribute.to_string().replace(' ', "")).collect()
    }

    #[test]
    fn each_kind_travels_and_expect_becomes_allow() {
        let carried = Carried::of(&[
            parse_quote!(#[cfg(unix)]),
            parse_quote!(#[doc = "x"]),
            parse_quote!(#[expect(dead_code)]),
            parse_quote!(#[deny(unused)]),
            parse_quote!(#[deprecated]),
            parse_quote!(#[inline]),
            parse_quote!(#[tokio::main]),
        ]);
        assert_eq!(texts(&carried.conditions), ["#[cfg(unix)]"]);
        assert_eq!(texts(&carried.docs), ["#[doc=\"x\"]"]);
        assert_eq!(texts(&carried.lints), ["#[allow(dead_code)]", "#[deny(unused)]"]);
        assert_eq!(texts(&carried.silenced), ["#[allow(dead_code)]"]);
        assert_eq!(texts(&carried.deprecated), ["#[deprecated]"]);
    }

    #[test]
    fn cfg_attr_travels_with_what_travels() {
        let carried = Carried::of(&[parse_quote!(#[cfg_attr(unix, inline, cfg(x), doc = "y")])]);
        assert_eq!(texts(&carried.conditions), ["#[cfg_attr(unix,cfg(x))]"]);
        assert_eq!(texts(&carried.docs), ["#[cfg_attr(unix,doc=\"y\")]"]);
    }
}
