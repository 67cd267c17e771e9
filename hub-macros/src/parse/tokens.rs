//! Walks over tokens that need no grammar.

use std::cmp::Ordering;

use proc_macro2::{Delimiter, Group, Punct, Span, TokenStream, TokenTree};
use syn::buffer::Cursor;
use syn::ext::IdentExt as _;

/// The tokens from `begin` up to `end`, as they were written.
pub(crate) fn between(begin: Cursor<'_>, end: Cursor<'_>) -> TokenStream {
    let mut cursor = begin;
    let mut tokens = TokenStream::new();
    while cursor != end {
        let Some((token, next)) = cursor.token_tree() else {
            break;
        };
        // The parser sees through invisible groups, so `end` may lie inside of one.
        if end.partial_cmp(&next) == Some(Ordering::Less)
            && let Some((inside, _, _)) = cursor.group(Delimiter::None)
        {
            cursor = inside;
            continue;
        }
        tokens.extend([token]);
        cursor = next;
    }
    tokens
}

/// The pieces between the commas of `tokens`; commas in brackets of any kind, angle ones included, do not count.
///
/// A comma at the end makes no piece; two in a row make an empty one.
pub(crate) fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut pieces = Vec::new();
    let mut piece = TokenStream::new();
    let mut depth = 0_usize;
    let mut after_minus = false;
    for token in tokens {
        let sign = if let TokenTree::Punct(punct) = &token { Some(punct.as_char()) } else { None };
        match sign {
            Some(',') if depth == 0 => {
                pieces.push(std::mem::take(&mut piece));
                after_minus = false;
                continue;
            }
            Some('<') => depth += 1,
            Some('>') if !after_minus => depth = depth.saturating_sub(1),
            _ => {}
        }
        after_minus = sign == Some('-');
        piece.extend([token]);
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// Where the word `word` stands in `tokens`, at any depth. A raw identifier is not the word.
pub(crate) fn find_word(tokens: TokenStream, word: &str) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == word => Some(ident.span()),
        TokenTree::Group(group) => find_word(group.stream(), word),
        _ => None,
    })
}

/// Every lifetime in `tokens`, at any depth, without its `'`.
pub(crate) fn lifetimes(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut after_tick = false;
    for token in tokens {
        match &token {
            TokenTree::Ident(ident) if after_tick => found.push(ident.to_string()),
            TokenTree::Group(group) => found.extend(lifetimes(group.stream())),
            _ => {}
        }
        after_tick = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
    }
    found
}

/// Whether the sign `sign` stands in `tokens`, at any depth.
pub(crate) fn has_sign(tokens: TokenStream, sign: char) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == sign,
        TokenTree::Group(group) => has_sign(group.stream(), sign),
        _ => false,
    })
}

/// `item` without the attributes that are for us: `named` on its members, and a second one of `own` on itself.
///
/// Works on tokens alone, so an item that could not be read is cleaned like any other.
pub(crate) fn without_ours(item: TokenStream, own: &str, named: &str) -> TokenStream {
    let mut tokens: Vec<TokenTree> = without_attribute(item, own).into_iter().collect();
    if let Some(TokenTree::Group(body)) = tokens.last_mut()
        && body.delimiter() == Delimiter::Brace
    {
        let mut cleaned = Group::new(Delimiter::Brace, without_attribute(body.stream(), named));
        cleaned.set_span(body.span());
        *body = cleaned;
    }
    tokens.into_iter().collect()
}

/// `tokens` without the attributes called `name` at this depth, those inside `cfg_attr` included.
fn without_attribute(tokens: TokenStream, name: &str) -> TokenStream {
    let mut kept = TokenStream::new();
    let mut pound: Option<Punct> = None;
    for token in tokens {
        if let Some(sign) = pound.take() {
            if matches!(&token, TokenTree::Group(group) if is_attribute(group, name)) {
                continue;
            }
            kept.extend([TokenTree::Punct(sign)]);
        }
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => pound = Some(punct),
            other => kept.extend([other]),
        }
    }
    kept.extend(pound.map(TokenTree::Punct));
    kept
}

/// Whether the brackets of an attribute hold `name`, `path::name`, or `cfg_attr(.., name ..)`.
fn is_attribute(group: &Group, name: &str) -> bool {
    if group.delimiter() != Delimiter::Bracket {
        return false;
    }
    match attribute_name(group.stream()) {
        Some((called, Some(list))) if called == "cfg_attr" => split_at_commas(list.stream())
            .into_iter()
            .skip(1)
            .any(|inner| attribute_name(inner).is_some_and(|(called, _)| called == name)),
        Some((called, _)) => called == name,
        None => false,
    }
}

/// The last segment of the path that an attribute begins with, and the group that follows it.
fn attribute_name(tokens: TokenStream) -> Option<(String, Option<Group>)> {
    let mut name = None;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => name = Some(ident.unraw().to_string()),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            TokenTree::Group(group) => return name.map(|name| (name, Some(group))),
            _ => break,
        }
    }
    name.map(|name| (name, None))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn commas_in_generics_do_not_split() {
        let pieces = split_at_commas(quote!(modules(a, b), f = x::<fn(A) -> B, C>, last,));
        let texts: Vec<String> = pieces.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), 3, "{texts:?}");
        assert_eq!(split_at_commas(quote!(a, , b)).len(), 3);
        assert!(split_at_commas(quote!()).is_empty());
    }

    #[test]
    fn our_attributes_go_and_all_else_stays() {
        let cleaned = without_ours(
            quote! {
                #[hub(name = "x")]
                #[derive(Clone)]
                impl X {
                    #[hub_method] fn a(&self) {}
                    #[hub_core::hub_method(name = "b")] #[inline] fn b(&self) { #[hub_method] fn inner() {} }
                    #[cfg_attr(test, hub_method)] fn c(&self) {}
                    #[cfg_attr(test, inline)] fn d(&self) {}
                }
            },
            "hub",
            "hub_method",
        );
        let expected = quote! {
            #[derive(Clone)]
            impl X {
                fn a(&self) {}
                #[inline] fn b(&self) { #[hub_method] fn inner() {} }
                fn c(&self) {}
                #[cfg_attr(test, inline)] fn d(&self) {}
            }
        };
        assert_eq!(cleaned.to_string(), expected.to_string());
    }

    #[test]
    fn words_and_lifetimes_are_found_at_any_depth() {
        assert!(find_word(quote!(Vec<(u8, impl Fn())>), "impl").is_some());
        assert!(find_word(quote!(r#impl), "impl").is_none());
        assert_eq!(lifetimes(quote!(&'a (Cow<'b, str>))), ["a", "b"]);
        assert!(has_sign(quote!(Vec<(&str,)>), '&'));
    }
}
