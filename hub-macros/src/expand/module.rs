//! What `#[hub_module]` writes: the block as it was, with `const STAGES` in it.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, TokenStreamExt as _, quote};
use syn::{AttrStyle, Attribute, token};

use super::local;
use crate::model::attributes::named;
use crate::model::module::{Belongs, Module, Stage};
use crate::model::root::Root;
use crate::parse::member::Member;

/// The whole block, from the attributes and the head that were written.
pub(crate) fn write(
    module: &Module,
    attributes: &[Attribute],
    head: &TokenStream,
    braces: token::Brace,
) -> TokenStream {
    let repeated: Vec<&Attribute> = named(attributes, "hub_module").collect();
    let (outer, inner): (Vec<&Attribute>, Vec<&Attribute>) = attributes
        .iter()
        .filter(|attribute| !repeated.iter().any(|repeated| std::ptr::eq(*repeated, *attribute)))
        .partition(|attribute| matches!(attribute.style, AttrStyle::Outer));
    let mut whole = TokenStream::new();
    whole.append_all(outer);
    whole.append_all(Some(head));
    braces.surround(&mut whole, |block| {
        block.append_all(inner);
        block.append_all(module.stages.as_ref().map(|stages| constant(stages, &module.root)));
        for member in members(module, Belongs::Here) {
            write_member(member, block);
        }
    });
    whole.append_all(elsewhere(module));
    whole
}

fn members(module: &Module, wanted: Belongs) -> impl Iterator<Item = &Member> {
    module.members.iter().filter(move |(_, belongs)| *belongs == wanted).map(|(member, _)| member)
}

fn write_member(member: &Member, tokens: &mut TokenStream) {
    tokens.append_all(&member.attributes);
    member.tokens.to_tokens(tokens);
}

/// `const STAGES`, as one expression unless a stage may be absent.
fn constant(stages: &[Stage], root: &Root) -> TokenStream {
    let value = if stages.iter().any(|stage| !stage.conditions.is_empty()) {
        let all = local("stages");
        let steps = stages.iter().map(
            |Stage { constant, conditions }| quote!(#(#conditions)* let #all = #all.union(#root::Stages::#constant);),
        );
        quote!({
            let #all = #root::Stages::NONE;
            #(#steps)*
            #all
        })
    } else {
        let mut stages = stages.iter().map(|stage| &stage.constant);
        let first = stages.next().map_or_else(|| quote!(#root::Stages::NONE), |first| quote!(#root::Stages::#first));
        quote!(#first #(.union(#root::Stages::#stages))*)
    };
    quote!(const STAGES: #root::Stages = #value;)
}

/// Methods of no stage, in an impl block of their own, so that the editor still knows them.
fn elsewhere(module: &Module) -> Option<TokenStream> {
    let mut methods = TokenStream::new();
    for member in members(module, Belongs::Elsewhere) {
        write_member(member, &mut methods);
    }
    if methods.is_empty() {
        return None;
    }
    let (impl_generics, _, where_clause) = module.generics.split_for_impl();
    let (self_type, conditions) = (&module.self_type, &module.carried.conditions);
    Some(quote! {
        #(#conditions)*
        #[allow(dead_code)]
        impl #impl_generics #self_type #where_clause { #methods }
    })
}
