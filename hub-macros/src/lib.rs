//! The attribute macros of `hub-core`: tokens in, tokens out.
//!
//! Use them through `hub_core`, which re-exports them and shows them at work.
//!
//! Each macro goes the same way: `parse` reads what was written, `model` finds out what it means and makes every
//! check, `expand` writes the code, and `diagnostics` travels along and collects the mistakes. Whatever happens, the
//! annotated item comes back.

mod diagnostics;
mod expand;
mod model;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes a hub of a struct, and hub methods of the marked methods in its impl block.
#[proc_macro_attribute]
pub fn hub(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::hub(options.into(), item.into()).into()
}

/// Marks a method in a `#[hub]` impl block as one that clients may call, or as one that follows a connection.
#[proc_macro_attribute]
pub fn hub_method(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::stray::hub_method(options.into(), item.into()).into()
}

/// Makes a typed proxy of a trait that lists what the server may call on a client.
#[proc_macro_attribute]
pub fn hub_client(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::hub_client(options.into(), item.into()).into()
}

/// Gives one method of a `#[hub_client]` trait its options.
#[proc_macro_attribute]
pub fn client_method(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::stray::client_method(options.into(), item.into()).into()
}

/// Finds out which stages an `impl HubModule` block takes part in, so that the others cost nothing.
#[proc_macro_attribute]
pub fn hub_module(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::hub_module(options.into(), item.into()).into()
}
