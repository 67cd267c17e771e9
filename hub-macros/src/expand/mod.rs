//! From what it means to code. The item comes back first, what is made for it follows, and the mistakes are last.
//!
//! * `hub_type`, `hub_block`, `client`, `module`: what each macro writes
//! * `requirement`: `authorize(..)`
//! * `place`: where a complaint about generated code lands
//! * `stray`: attributes that were found outside of the item they belong to

mod client;
mod hub_block;
mod hub_type;
mod module;
mod place;
mod requirement;
pub(crate) mod stray;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::diagnostics::Diagnostics;
use crate::parse::block::{impl_block, trait_block};
use crate::parse::item::{self, ItemKind};
use crate::parse::tokens::without_ours;

/// `#[hub(options)] item`.
pub(crate) fn hub(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let (kind, at) = item::kind(&item);
    let made = match kind {
        ItemKind::Type => item::type_item(item.clone())
            .map(|item| hub_type::write(&crate::model::hub_type::read(options, item, &mut diagnostics))),
        ItemKind::Impl => impl_block(item.clone()).map(|block| {
            let hub = crate::model::hub_block::read(options, block, &mut diagnostics);
            hub.map(|hub| hub_block::write(&hub)).unwrap_or_default()
        }),
        other => {
            diagnostics.at(at, wrong_item_for_hub(other));
            Ok(TokenStream::new())
        }
    };
    let members_ours = if kind == ItemKind::Type { "" } else { "hub_method" };
    together(without_ours(item, "hub", members_ours), made, diagnostics)
}

/// `#[hub_client(options)] item`.
pub(crate) fn hub_client(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let returned = without_ours(item.clone(), "hub_client", "client_method");
    match item::kind(&item) {
        (ItemKind::Trait, _) => {
            let client = trait_block(item).map(|block| crate::model::client::read(options, block, &mut diagnostics));
            match client {
                Ok(client) => {
                    let made = client::write(&client);
                    together(client::silenced(&client, returned), Ok(made), diagnostics)
                }
                Err(error) => together(returned, Err(error), diagnostics),
            }
        }
        (other, at) => {
            let what = in_words(other);
            diagnostics.at(
                at,
                format_args!(
                    "`#[hub_client]` goes on a trait, not on {what}: list there what the server may call on a client"
                ),
            );
            together(returned, Ok(TokenStream::new()), diagnostics)
        }
    }
}

/// `#[hub_module(options)] item`.
pub(crate) fn hub_module(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    match item::kind(&item) {
        (ItemKind::Impl, _) => match impl_block(item.clone()) {
            Ok(block) => {
                let outer = block.attributes.clone();
                let (head, braces) = (block.head.clone(), block.braces);
                match crate::model::module::read(options, block, &mut diagnostics) {
                    Some(module) => {
                        let whole = module::write(&module, &outer, &head, braces);
                        together(whole, Ok(TokenStream::new()), diagnostics)
                    }
                    None => together(without_ours(item, "hub_module", ""), Ok(TokenStream::new()), diagnostics),
                }
            }
            Err(error) => together(item, Err(error), diagnostics),
        },
        (other, at) => {
            let what = in_words(other);
            diagnostics.at(at, format_args!("`#[hub_module]` goes on an `impl HubModule for ..` block, not on {what}"));
            together(item, Ok(TokenStream::new()), diagnostics)
        }
    }
}

fn together(item: TokenStream, made: syn::Result<TokenStream>, mut diagnostics: Diagnostics) -> TokenStream {
    let mut all = item;
    match made {
        Ok(made) => all.extend(made),
        Err(error) => diagnostics.unread("this item", &error),
    }
    all.extend(diagnostics.into_tokens());
    all
}

fn wrong_item_for_hub(kind: ItemKind) -> String {
    let what = in_words(kind);
    let hint = match kind {
        ItemKind::Trait => "; what the server may call on a client is a trait with `#[hub_client]`",
        ItemKind::Function => "; what clients may call is a method with `#[hub_method]` in that block",
        _ => "",
    };
    format!("`#[hub]` goes on a struct or an enum and on its impl block, not on {what}{hint}")
}

fn in_words(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Type => "a struct or an enum",
        ItemKind::Impl => "an impl block",
        ItemKind::Trait => "a trait",
        ItemKind::Function => "a function",
        ItemKind::Other(what) => what,
    }
}

/// A local of the generated code that no code of the user can name, nor be hidden by.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// What keeps lints of style away from generated impls. Rust's own lints are not among them: the code is to be clean.
fn not_for_clippy() -> TokenStream {
    quote!(#[allow(clippy::all, clippy::pedantic, clippy::nursery)])
}
