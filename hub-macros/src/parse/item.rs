//! Which kind of item an attribute stands on, and what a hub type looks like from outside.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser, Result};
use syn::{Attribute, Generics, Token, Visibility, token};

/// What an attribute stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemKind {
    /// `struct` or `enum`.
    Type,
    /// `impl`.
    Impl,
    /// `trait`.
    Trait,
    /// `fn`.
    Function,
    /// Anything else, by the name it has in a message.
    Other(&'static str),
}

/// The kind of `item`, and where the word that says so stands.
pub(crate) fn kind(item: &TokenStream) -> (ItemKind, Span) {
    let mut after_pound = false;
    let mut first = None;
    for token in item.clone() {
        if first.is_none() && !after_pound {
            first = Some(token.span());
        }
        match &token {
            TokenTree::Ident(word) => {
                if let Some(kind) = kind_of_word(&word.to_string()) {
                    return (kind, word.span());
                }
            }
            TokenTree::Group(group) if !after_pound && group.delimiter() == proc_macro2::Delimiter::None => {
                let inner = kind(&group.stream());
                if inner.0 != ItemKind::Other("this item") {
                    return inner;
                }
            }
            TokenTree::Punct(sign) if sign.as_char() == '!' && !after_pound => {
                return (ItemKind::Other("a macro call"), first.unwrap_or_else(|| sign.span()));
            }
            _ => {}
        }
        after_pound = matches!(&token, TokenTree::Punct(sign) if sign.as_char() == '#');
    }
    (ItemKind::Other("this item"), first.unwrap_or_else(Span::call_site))
}

/// `const`, `unsafe`, `async`, `extern` and `pub` may stand before what decides, so they do not.
fn kind_of_word(word: &str) -> Option<ItemKind> {
    Some(match word {
        "struct" | "enum" => ItemKind::Type,
        "impl" => ItemKind::Impl,
        "trait" => ItemKind::Trait,
        "fn" => ItemKind::Function,
        "union" => ItemKind::Other("a union"),
        "mod" => ItemKind::Other("a module"),
        "type" => ItemKind::Other("a type alias"),
        "static" => ItemKind::Other("a static"),
        "use" => ItemKind::Other("an import"),
        "macro_rules" => ItemKind::Other("a macro"),
        _ => return None,
    })
}

/// A struct or an enum, without its fields or variants.
pub(crate) struct TypeItem {
    /// Attributes on the item, the macro's own gone.
    pub(crate) attributes: Vec<Attribute>,
    /// Its name.
    pub(crate) ident: Ident,
    /// Its generics with the where clause.
    pub(crate) generics: Generics,
}

/// Reads all but the fields.
pub(crate) fn type_item(item: TokenStream) -> Result<TypeItem> {
    let parse = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        let _: Visibility = input.parse()?;
        if input.peek(Token![struct]) {
            let _: Token![struct] = input.parse()?;
        } else {
            let _: Token![enum] = input.parse()?;
        }
        let ident: Ident = input.call(Ident::parse_any)?;
        let mut generics: Generics = input.parse()?;
        if input.peek(token::Paren) {
            let _: TokenTree = input.parse()?;
        }
        generics.where_clause = input.parse()?;
        // What is left is `{ fields }` or `;`, and theirs to read.
        let _: TokenStream = input.parse()?;
        Ok(TypeItem { attributes, ident, generics })
    };
    parse.parse2(item)
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn the_kind_is_told_by_the_word_that_decides() {
        for (item, expected) in [
            (
                quote!(
                    pub(crate) struct A;
                ),
                ItemKind::Type,
            ),
            (
                quote!(
                    #[derive(Clone)]
                    enum A {
                        B,
                    }
                ),
                ItemKind::Type,
            ),
            (
                quote!(
                    unsafe impl A for B {}
                ),
                ItemKind::Impl,
            ),
            (quote!(impl const A for B {}), ItemKind::Impl),
            (
                quote!(
                    pub trait A {}
                ),
                ItemKind::Trait,
            ),
            (
                quote!(
                    pub const unsafe extern "C" fn a() {}
                ),
                ItemKind::Function,
            ),
            (quote!(union A { b: u8 }), ItemKind::Other("a union")),
            (
                quote!(
                    mod a {}
                ),
                ItemKind::Other("a module"),
            ),
            (quote!(a::b! {}), ItemKind::Other("a macro call")),
            (
                quote!(
                    const A: u8 = 1;
                ),
                ItemKind::Other("this item"),
            ),
        ] {
            assert_eq!(kind(&item).0, expected, "{item}");
        }
    }

    #[test]
    fn a_where_clause_stands_before_braces_and_behind_brackets() {
        for item in [
            quote!(
                struct A<T>
                where
                    T: Copy,
                {
                    t: T,
                }
            ),
            quote!(
                struct A<T>(T)
                where
                    T: Copy;
            ),
            quote!(
                enum A<T>
                where
                    T: Copy,
                {
                    B(T),
                }
            ),
        ] {
            let read = type_item(item.clone()).ok().and_then(|item| item.generics.where_clause);
            assert!(read.is_some(), "{item}");
        }
    }
}
