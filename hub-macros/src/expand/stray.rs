//! Attributes that were found outside of the item they belong to.
//!
//! `#[hub]` and `#[hub_client]` take theirs away, so one that is expanded stands in the wrong place, or in a `cfg_attr`.

use proc_macro2::{Span, TokenStream};

use crate::diagnostics::Diagnostics;

/// `#[hub_method]` on its own.
pub(crate) fn hub_method(_options: TokenStream, item: TokenStream) -> TokenStream {
    refuse(
        item,
        "`#[hub_method]` does nothing on its own: it marks a method in an impl block, so put `#[hub]` on that block",
    )
}

/// `#[client_method]` on its own.
pub(crate) fn client_method(_options: TokenStream, item: TokenStream) -> TokenStream {
    refuse(
        item,
        "`#[client_method]` does nothing on its own: it goes on a method of a trait, so put `#[hub_client]` on that trait",
    )
}

fn refuse(item: TokenStream, message: &str) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    diagnostics.at(Span::call_site(), message);
    let mut all = item;
    all.extend(diagnostics.into_tokens());
    all
}
