//! What `#[hub]` on an impl block writes: `impl Hub`, with one entry in the method table for each hub method.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt as _;

use super::place::{Place, moved};
use super::{local, not_for_clippy, requirement};
use crate::model::hub_block::HubBlock;
use crate::model::hub_method::{HubMethod, Kind, Parameter};
use crate::model::root::Root;

/// The impl.
pub(crate) fn write(hub: &HubBlock) -> TokenStream {
    let HubBlock { root, carried, generics, self_type, methods } = hub;
    let private = root.private();
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (conditions, silenced) = (&carried.conditions, &carried.silenced);
    let quiet = not_for_clippy();
    let table = local("table");
    let entries = methods.iter().map(|method| entry(method, &table, root));
    // Where every method may be absent, so may every use of the table.
    let unused = methods.iter().all(|method| method.carried.is_conditional()).then(|| quote!(let _ = &#table;));
    let body = quote! {
        fn methods(#table: &mut #private::MethodTable<Self>) {
            #unused
            #(#entries)*
        }
    };
    // The complaint about what the type lacks, or about a second impl, lands on the type.
    let span = Place::of(self_type).first;
    let private = root.private_at(span);
    let made = quote_spanned!(span=> impl #impl_generics #private::Hub for #self_type #where_clause { #body });
    quote! {
        #(#conditions)*
        #[automatically_derived]
        #quiet
        #(#silenced)*
        #made
    }
}

fn entry(method: &HubMethod, table: &Ident, root: &Root) -> TokenStream {
    let private = root.private();
    let (conditions, silenced) = (&method.carried.conditions, &method.carried.silenced);
    let deprecated = method.carried.is_deprecated().then(|| quote!(#[allow(deprecated)]));
    let constructor = format_ident!("{}", method.kind.word());
    let rust_name = method.ident.unraw().to_string();
    let name = method.name.as_ref().map(|name| quote!(.wire_name(#name)));
    let is_call = method.kind == Kind::Call;
    let parameters = method.parameters.iter().filter(|_| is_call).map(|parameter| match parameter {
        Parameter::Wire { name, ty } => quote!(.parameter(#name, #private::parameter!(#ty))),
        Parameter::Injected(ty) => quote!(.injects(#private::parameter!(#ty))),
        Parameter::Reason(_) => TokenStream::new(),
    });
    let parallel = method.is_parallel.then(|| quote!(.parallel()));
    let requirements = requirement::write(&method.requirements, &private);
    let handler = handler(method, root);
    quote! {
        #(#conditions)*
        #deprecated
        #(#silenced)*
        #table.add(
            #private::Method::#constructor(#rust_name) #name #(#parameters)* #parallel #requirements .handler(#handler),
        );
    }
}

/// The closure that reads the arguments and makes the future of one call.
fn handler(method: &HubMethod, root: &Root) -> TokenStream {
    let private = root.private();
    let [call, hub, cx, output] = ["call", "hub", "cx", "output"].map(local);
    let mut reads = Vec::new();
    let mut provides = Vec::new();
    let mut values = Vec::new();
    let mut is_mutable = false;
    for (index, parameter) in method.parameters.iter().enumerate() {
        match parameter {
            Parameter::Injected(ty) => {
                let part = local(&format!("part{index}"));
                provides.push(provide(&part, ty, &cx, root));
                values.push(quote!(::core::borrow::Borrow::<#ty>::borrow(&#part)));
            }
            Parameter::Wire { ty, .. } => {
                is_mutable = true;
                let argument = local(&format!("argument{index}"));
                let read = quote_spanned!(Place::of(ty).first=> #call.argument::<#ty>());
                reads.push(quote!(let #argument = #read?;));
                values.push(quote!(#argument));
            }
            Parameter::Reason(ty) => {
                let reason = local("reason");
                let first = Place::of(ty).first;
                let given = moved(&call, first);
                reads.push(quote_spanned!(first=> let #reason: #ty = #given.reason();));
                values.push(quote!(#reason));
            }
        }
    }
    let mutable = is_mutable.then(|| quote!(mut));
    let runs = run(method, &hub, &values, root);
    let completes = complete(method, &output, &cx, root);
    quote! {
        |#mutable #call: #private::Call<'_, Self>| {
            #(#reads)*
            let (#hub, #cx) = #call.into_parts();
            ::core::result::Result::Ok(async move {
                #(#provides)*
                let #output = #runs;
                #completes
            })
        }
    }
}

/// The complaint about what cannot be injected lands on its type, once: all of it is in one place.
fn provide(part: &Ident, ty: &Type, cx: &Ident, root: &Root) -> TokenStream {
    let first = Place::of(ty).first;
    let private = root.private_at(first);
    let (part, cx) = (moved(part, first), moved(cx, first));
    quote_spanned! {first=>
        let #part = <#private::HubContext<Self> as #private::Provide<#ty>>::provide(&#cx);
    }
}

/// Runs the method. The complaint about a future that is not `Send` lands on the method's name.
fn run(method: &HubMethod, hub: &Ident, values: &[TokenStream], root: &Root) -> TokenStream {
    let ident = &method.ident;
    let span = ident.span();
    let call = quote_spanned!(span=> Self::#ident(&*#hub, #(#values),*));
    if method.is_async {
        let private = root.private_at(span);
        quote_spanned!(span=> #private::send_future(#call).await)
    } else {
        call
    }
}

/// Ends the call. The complaint about what a client cannot be given lands on the return type.
fn complete(method: &HubMethod, output: &Ident, cx: &Ident, root: &Root) -> TokenStream {
    let Place { first, last } = match &method.output {
        Some(ty) => Place::of(ty),
        None => Place::of(&method.ident),
    };
    let private = root.private_at(first);
    let arguments = quote_spanned!(last=> (#output, #cx));
    quote_spanned!(first=> #private::complete! #arguments)
}
