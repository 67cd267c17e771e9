//! What `#[hub(..)]` on a struct writes: `impl HubType`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Expr, Path};

use super::place::Place;
use super::{local, not_for_clippy, requirement};
use crate::model::hub_type::HubType;
use crate::model::wire_name::RenameRule;

/// The impl.
pub(crate) fn write(hub: &HubType) -> TokenStream {
    let HubType { root, carried, ident, generics, .. } = hub;
    let private = root.private();
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let (conditions, silenced) = (&carried.conditions, &carried.silenced);
    let quiet = not_for_clippy();
    let deprecated = carried.is_deprecated().then(|| quote!(#[allow(deprecated)]));
    let client = client(hub.client.as_ref(), &private);
    let config = config(hub, &private);
    let modules = modules(&hub.modules, &private);
    let body = quote! {
        #client
        fn config() -> #private::HubConfig {
            #config
        }
        #modules
    };
    // The complaint about what the type lacks lands on its name.
    let span = ident.span();
    let private = root.private_at(span);
    let made =
        quote_spanned!(span=> impl #impl_generics #private::HubType for #ident #type_generics #where_clause { #body });
    quote! {
        #(#conditions)*
        #[automatically_derived]
        #quiet
        #deprecated
        #(#silenced)*
        #made
    }
}

/// The proxy that `#[hub_client]` put beside its trait. The complaint about one that is not there, or that fewer see
/// than the hub, lands on the path.
fn client(client: Option<&Path>, private: &TokenStream) -> TokenStream {
    let Some(client) = client else { return quote!(type Client = #private::UntypedClient;) };
    let Place { first, last } = Place::of(client);
    let mut path = client.clone();
    if let Some(segment) = path.segments.last_mut() {
        segment.ident = format_ident!("{}Proxy", segment.ident.unraw(), span = segment.ident.span());
    }
    let end = quote_spanned!(last=> ;);
    quote_spanned!(first=> type Client = #path #end)
}

fn config(hub: &HubType, private: &TokenStream) -> TokenStream {
    let rust_name = hub.ident.unraw().to_string();
    let name = hub.name.as_ref().map(|name| quote!(.name(#name)));
    let rename_all = hub.rename_all.map(|rule| {
        let rule = match rule {
            RenameRule::Camel => quote!(CamelCase),
            RenameRule::Pascal => quote!(PascalCase),
            RenameRule::Snake => quote!(SnakeCase),
            RenameRule::None => quote!(None),
        };
        quote!(.rename_all(#private::RenameRule::#rule))
    });
    let requirements = requirement::write(&hub.requirements, private);
    quote!(#private::HubConfig::new(#rust_name) #name #rename_all #requirements)
}

/// Nothing for a hub without modules of its own: the trait has a method that adds none.
fn modules(makers: &[Expr], private: &TokenStream) -> Option<TokenStream> {
    if makers.is_empty() {
        return None;
    }
    let modules = local("modules");
    let adds = makers.iter().map(|maker| {
        // The complaint about what is no module lands on its maker.
        let Place { first, last } = Place::of(maker);
        let hub = quote_spanned!(last=> (self));
        let call = if let Expr::Path(_) = maker { quote!(#maker #hub) } else { quote_spanned!(first=> (#maker) #hub) };
        quote_spanned!(first=> #modules.add(#call);)
    });
    Some(quote! {
        fn modules(&self, #modules: &mut #private::Modules) {
            #(#adds)*
        }
    })
}
