//! Impl blocks and traits: what stands before the braces, and the members in them.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser, Result};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Generics, Path, Token, Type, TypeParamBound, Visibility, braced, token};

use super::member::{Member, members};
use super::tokens::between;

/// An impl block.
pub(crate) struct ImplBlock {
    /// Attributes before it and, as inner ones, in it.
    pub(crate) attributes: Vec<Attribute>,
    /// What stands before the braces, attributes left out.
    pub(crate) head: TokenStream,
    /// `unsafe impl`.
    pub(crate) unsafety: Option<Token![unsafe]>,
    /// `<T: Store>` with the where clause.
    pub(crate) generics: Generics,
    /// `!` of a negative impl.
    pub(crate) polarity: Option<Token![!]>,
    /// The trait, if it implements one.
    pub(crate) trait_path: Option<Path>,
    /// What it is an impl of.
    pub(crate) self_type: Type,
    /// The braces.
    pub(crate) braces: token::Brace,
    /// What is in them.
    pub(crate) members: Vec<Member>,
}

/// A trait.
pub(crate) struct TraitBlock {
    /// Attributes before it.
    pub(crate) attributes: Vec<Attribute>,
    /// Its visibility.
    pub(crate) visibility: Visibility,
    /// `unsafe trait`.
    pub(crate) unsafety: Option<Token![unsafe]>,
    /// Its name.
    pub(crate) ident: Ident,
    /// Its generics with the where clause.
    pub(crate) generics: Generics,
    /// What is in it.
    pub(crate) members: Vec<Member>,
}

/// Reads an impl block.
pub(crate) fn impl_block(item: TokenStream) -> Result<ImplBlock> {
    let parse = |input: ParseStream<'_>| {
        let mut attributes = input.call(Attribute::parse_outer)?;
        let begin = input.cursor();
        let _: Option<Token![default]> = input.parse()?;
        let unsafety = input.parse()?;
        let _: Token![impl] = input.parse()?;
        let mut generics: Generics = if input.peek(Token![<]) { input.parse()? } else { Generics::default() };
        let _: Option<Token![const]> = input.parse()?;
        let polarity = if input.peek(Token![!]) { Some(input.parse()?) } else { None };
        let first: Type = input.parse()?;
        let (trait_path, self_type) = if input.peek(Token![for]) {
            let _: Token![for] = input.parse()?;
            (Some(trait_path(first)?), input.parse()?)
        } else {
            (None, first)
        };
        generics.where_clause = input.parse()?;
        let head = between(begin, input.cursor());
        let body;
        let braces = braced!(body in input);
        attributes.extend(body.call(Attribute::parse_inner)?);
        let members = members(&body);
        Ok(ImplBlock { attributes, head, unsafety, generics, polarity, trait_path, self_type, braces, members })
    };
    parse.parse2(item)
}

fn trait_path(mut written: Type) -> Result<Path> {
    loop {
        match written {
            Type::Group(group) => written = *group.elem,
            Type::Path(path) if path.qself.is_none() => return Ok(path.path),
            other => return Err(Error::new_spanned(other, "expected the path of a trait")),
        }
    }
}

/// Reads a trait.
pub(crate) fn trait_block(item: TokenStream) -> Result<TraitBlock> {
    let parse = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let unsafety = input.parse()?;
        let _: Option<Token![auto]> = input.parse()?;
        let _: Token![trait] = input.parse()?;
        let ident = input.call(Ident::parse_any)?;
        let mut generics: Generics = input.parse()?;
        if input.peek(Token![:]) {
            let _: Token![:] = input.parse()?;
            supertraits(input)?;
        }
        generics.where_clause = input.parse()?;
        let body;
        braced!(body in input);
        let _ = body.call(Attribute::parse_inner)?;
        let members = members(&body);
        Ok(TraitBlock { attributes, visibility, unsafety, ident, generics, members })
    };
    parse.parse2(item)
}

fn supertraits(input: ParseStream<'_>) -> Result<()> {
    let mut bounds = Punctuated::<TypeParamBound, Token![+]>::new();
    while !input.peek(token::Brace) && !input.peek(Token![where]) {
        bounds.push_value(input.parse()?);
        if !input.peek(Token![+]) {
            break;
        }
        bounds.push_punct(input.parse()?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;
    use crate::parse::member::MemberKind;

    fn words(members: &[Member]) -> Vec<String> {
        members
            .iter()
            .map(|member| match &member.kind {
                MemberKind::Function { signature, .. } => format!("fn {}", signature.ident),
                MemberKind::Constant(ident) => format!("const {ident}"),
                MemberKind::Type(ident) => format!("type {ident}"),
                MemberKind::Macro(_) => "macro".to_owned(),
                MemberKind::Unread(_) => "unread".to_owned(),
            })
            .collect()
    }

    #[test]
    fn a_half_written_member_leaves_the_others() -> Result<()> {
        let block = impl_block(quote! {
            impl<T> A<T> where T: Copy {
                #![allow(unused)]
                const A: u8 = { 1 };
                pub const fn a(&self) { let x = ; }
                fn b(&self, x:) {}
                type B = u8;
                make! { fn c(&self) {} }
                async fn d(&self) { self. }
                pub(crate) unsafe extern "C" fn e();
                make!();
            }
        })?;
        assert_eq!(words(&block.members), ["const A", "fn a", "unread", "type B", "macro", "fn d", "fn e", "macro"]);
        assert_eq!(block.attributes.len(), 1);
        assert_eq!(block.head.to_string(), quote!(impl<T> A<T> where T: Copy).to_string());
        Ok(())
    }

    #[test]
    fn every_kind_of_impl_head_is_read() -> Result<()> {
        assert!(
            impl_block(quote!(
                unsafe impl Send for A {}
            ))?
            .unsafety
            .is_some()
        );
        assert!(impl_block(quote!(impl !Send for A {}))?.polarity.is_some());
        assert!(
            impl_block(quote!(
                impl<'a> From<&'a str> for A {}
            ))?
            .trait_path
            .is_some()
        );
        assert!(matches!(impl_block(quote!(impl [u8] {}))?.self_type, Type::Slice(_)));
        Ok(())
    }

    #[test]
    fn a_trait_is_read_with_its_supertraits() -> Result<()> {
        let block = trait_block(quote! {
            pub(crate) trait A<T>: Send + for<'a> From<&'a T> where T: Copy { fn a(&self); async fn b(&self) -> u8; }
        })?;
        assert_eq!(words(&block.members), ["fn a", "fn b"]);
        assert!(block.generics.where_clause.is_some());
        Ok(())
    }
}
