//! Where the generated code finds `hub-core`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use crate::diagnostics::Diagnostics;
use crate::parse::options::Entry;

/// The path of `hub-core`, `::hub_core` unless `crate = path` says otherwise.
#[derive(Clone, Default)]
pub(crate) struct Root(Option<Path>);

impl Root {
    /// Takes `crate = path`. A path that cannot be read is reported, and the usual one stays.
    pub(crate) fn set(&mut self, entry: &Entry, diagnostics: &mut Diagnostics) {
        self.0 = entry.path("::hub_core", diagnostics);
    }

    /// The hidden module with all that generated code names.
    pub(crate) fn private(&self) -> TokenStream {
        self.private_at(Span::call_site())
    }

    /// The same, shown at `span`: a complaint about what is named through it lands there.
    pub(crate) fn private_at(&self, span: Span) -> TokenStream {
        let root = match &self.0 {
            None => quote_spanned!(span=> ::hub_core),
            Some(path) => shown_at(path.to_token_stream(), span),
        };
        quote_spanned!(span=> #root::__private)
    }
}

/// `tokens`, shown at `span` and meaning what they meant.
fn shown_at(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            token.set_span(token.span().located_at(span));
            token
        })
        .collect()
}

impl ToTokens for Root {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.0 {
            None => tokens.extend(quote!(::hub_core)),
            Some(path) => path.to_tokens(tokens),
        }
    }
}
