//! Where in the user's code a complaint about generated code lands.
//!
//! Stable Rust cannot join two spans, but the compiler does it itself for an expression that begins with one and ends
//! with the other. So what is checked begins where the user's code begins and ends where it ends.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::Type;

use crate::model::signature::peeled;

/// The beginning and the end of a piece of the user's code.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// Its first token.
    pub(crate) first: Span,
    /// Its last token.
    pub(crate) last: Span,
}

impl Place {
    /// All of `tokens`.
    pub(crate) fn of(tokens: impl ToTokens) -> Self {
        let mut tokens = tokens.into_token_stream().into_iter();
        let first = tokens.next().map_or_else(Span::call_site, |token| token.span());
        let last = tokens.last().map_or(first, |token| token.span());
        Self { first, last }
    }

    /// A type without the `&` before it: a bound is about what is behind.
    pub(crate) fn of_type(ty: &Type) -> Self {
        match peeled(ty) {
            Type::Reference(reference) => Self::of_type(&reference.elem),
            other => Self::of(other),
        }
    }
}

/// `ident`, shown at `span` and meaning what it meant.
pub(crate) fn moved(ident: &Ident, span: Span) -> TokenStream {
    let mut moved = ident.clone();
    moved.set_span(ident.span().located_at(span));
    moved.into_token_stream()
}
