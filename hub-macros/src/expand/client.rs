//! What `#[hub_client]` writes: a proxy with the methods of the trait, by how many clients are called.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Type, Visibility};

use super::not_for_clippy;
use super::place::{Place, moved};
use crate::model::client::{Client, ClientMethod};

/// The trait as it was written. It is a list for the reader and the macro: nobody implements or calls it.
pub(crate) fn silenced(client: &Client, item: TokenStream) -> TokenStream {
    let async_fn = client.has_async.then(|| quote!(, async_fn_in_trait));
    quote!(#[allow(dead_code #async_fn)] #item)
}

/// The proxy and its impls.
pub(crate) fn write(client: &Client) -> TokenStream {
    let Client { root, carried, visibility, proxy, .. } = client;
    let private = root.private();
    let (conditions, docs, deprecated) = (&carried.conditions, docs_of_proxy(client), &carried.deprecated);
    let lints = &carried.lints;
    let arity = arity();
    let common = quote!(#(#conditions)* #[automatically_derived]);
    // Half of the methods is called by nobody in most programs, and their names are the user's.
    let quiet_methods = quote!(#[allow(dead_code, deprecated, non_snake_case, unreachable_pub)]);
    let quiet = not_for_clippy();
    let quiet_impls = carried.is_deprecated().then(|| quote!(#[allow(deprecated)]));
    let (asking, telling): (Vec<&ClientMethod>, Vec<&ClientMethod>) =
        client.methods.iter().partition(|method| method.answer.is_some());
    let telling = telling.into_iter().map(|method| method_of_proxy(method, visibility, &private));
    let asking = asking.into_iter().map(|method| method_of_proxy(method, visibility, &private));
    let by_name = (!client.has_call).then(|| by_name(visibility, &private));
    let one = client.has_async.then(|| {
        quote! {
            #(#conditions)*
            #quiet
            #quiet_methods
            #(#lints)*
            impl #proxy<#private::One> { #(#asking)* }
        }
    });
    quote! {
        #(#conditions)*
        #docs
        #(#deprecated)*
        #[allow(dead_code, non_camel_case_types, unreachable_pub)]
        #(#lints)*
        #visibility struct #proxy<#arity: #private::Arity = #private::Many> {
            target: #private::Target<#arity>,
        }

        #(#conditions)*
        #quiet
        #quiet_methods
        #(#lints)*
        impl<#arity: #private::Arity> #proxy<#arity> {
            #(#telling)*
            #by_name
        }

        #one

        #common
        #quiet_impls
        impl<#arity: #private::Arity> ::core::clone::Clone for #proxy<#arity> {
            fn clone(&self) -> Self {
                Self { target: ::core::clone::Clone::clone(&self.target) }
            }
        }

        #common
        #quiet_impls
        impl<#arity: #private::Arity> ::core::fmt::Debug for #proxy<#arity> {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.target, formatter)
            }
        }

        #common
        #quiet_impls
        impl<#arity: #private::Arity> ::core::convert::From<#private::Target<#arity>> for #proxy<#arity> {
            fn from(target: #private::Target<#arity>) -> Self {
                Self { target }
            }
        }

        #common
        #quiet_impls
        impl #private::HubClient for #proxy<#private::Many> {
            type Proxy<#arity: #private::Arity> = #proxy<#arity>;
        }
    }
}

/// The parameter that says how many clients are called. Type parameters have no hygiene: no user type has this name.
fn arity() -> Ident {
    Ident::new("HubArity", Span::mixed_site())
}

fn docs_of_proxy(client: &Client) -> TokenStream {
    if client.carried.docs.is_empty() {
        let text = format!(" Calls the methods of [`{}`] on clients.", client.ident.unraw());
        return quote!(#[doc = #text]);
    }
    client.carried.docs.iter().cloned().collect()
}

fn method_of_proxy(method: &ClientMethod, visibility: &Visibility, private: &TokenStream) -> TokenStream {
    let ClientMethod { carried, ident, wire, generics, arguments, answer } = method;
    let (conditions, deprecated, lints) = (&carried.conditions, &carried.deprecated, &carried.lints);
    let docs = if carried.docs.is_empty() {
        let text =
            format!(" Calls `{}` on {}.", wire.text, if answer.is_some() { "the client" } else { "the clients" });
        quote!(#[doc = #text])
    } else {
        carried.docs.iter().cloned().collect()
    };
    let name = &wire.text;
    let takes = arguments.iter().map(|(ident, ty)| quote!(#ident: #ty));
    let sends = arguments.iter().map(|(ident, ty)| send(ident, ty));
    let (returns, last) = match answer {
        None => (quote!(#private::Sent), quote!(.send())),
        Some(ty) => (quote!(#private::Answer<#ty>), quote_spanned!(Place::of(ty).first=> .ask())),
    };
    quote! {
        #(#conditions)*
        #docs
        #(#deprecated)*
        #(#lints)*
        #visibility fn #ident #generics (&self, #(#takes),*) -> #returns {
            self.target.call(#name) #(#sends)* #last
        }
    }
}

/// The complaint about what cannot be serialised lands on its type.
fn send(ident: &Ident, ty: &Type) -> TokenStream {
    let Place { first, last } = Place::of_type(ty);
    let value = moved(ident, last);
    let reference = quote_spanned!(first=> &);
    quote_spanned!(first=> .argument(#reference #value))
}

fn by_name(visibility: &Visibility, private: &TokenStream) -> TokenStream {
    let arity = arity();
    quote! {
        /// Calls a method by its name on the wire: for one that is not in the trait.
        #visibility fn call<'a>(&'a self, method: &'a ::core::primitive::str) -> #private::ClientCallBuilder<'a, #arity> {
            self.target.call(method)
        }
    }
}
