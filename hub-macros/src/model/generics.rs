//! What the generics of a hub cannot have: lifetimes. Everything else about them is the user's.

use quote::ToTokens as _;
use syn::{Generics, Lifetime, Type, parse_quote};

use crate::diagnostics::Diagnostics;
use crate::parse::tokens::lifetimes;

/// Reports each lifetime of a hub type or its impl block.
///
/// A bound that no caller meets keeps the generated impl free of more complaints about the same.
pub(crate) fn refuse_lifetimes(generics: &mut Generics, diagnostics: &mut Diagnostics) {
    let borrowed: Vec<Lifetime> = generics.lifetimes().map(|parameter| parameter.lifetime.clone()).collect();
    for lifetime in borrowed {
        diagnostics.on(&lifetime, message(&lifetime.to_string()));
        generics.make_where_clause().predicates.push(parse_quote!(#lifetime: 'static));
    }
}

/// Reports `'_` in the type of an impl block. Whether there was one.
pub(crate) fn refuse_elided(self_type: &Type, diagnostics: &mut Diagnostics) -> bool {
    let found = lifetimes(self_type.to_token_stream()).iter().any(|name| name == "_");
    if found {
        diagnostics.on(self_type, message("'_"));
    }
    found
}

fn message(lifetime: &str) -> String {
    format!(
        "a hub lives as long as the server, so it cannot borrow for `{lifetime}`: let it own what it needs, or share it in an `Arc`"
    )
}
