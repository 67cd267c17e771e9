//! What hub methods and client methods have in common: no generics, `&self`, arguments with a plain name.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{FnArg, GenericParam, Pat, PatType, Receiver, ReceiverKind, Safety, Signature, Type};

use super::attributes::named;
use crate::diagnostics::Diagnostics;
use crate::parse::tokens::find_word;

/// Whose signature is looked at; begins every message about it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// A hub method.
    Hub,
    /// A client method.
    Client,
}

impl Whose {
    /// As it is called in a message.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Hub => "hub method",
            Self::Client => "client method",
        }
    }
}

/// An argument behind `&self`.
pub(crate) struct Argument {
    /// Its name; none for `_`.
    pub(crate) ident: Option<Ident>,
    /// Its type, invisible and round brackets around it gone.
    pub(crate) ty: Type,
    /// Pattern and type, for spans.
    pub(crate) whole: TokenStream,
}

/// Reports everything about `signature` that no method on the wire can have, and reads its arguments.
///
/// An argument that has a mistake is left out.
pub(crate) fn check(signature: &Signature, whose: Whose, diagnostics: &mut Diagnostics) -> Vec<Argument> {
    let label = format!("{} `{}`", whose.noun(), signature.ident);
    qualifiers(signature, &label, whose, diagnostics);
    generics(signature, &label, diagnostics);
    let mut inputs = signature.inputs.iter();
    let first = inputs.next();
    let mut arguments = Vec::new();
    match first {
        Some(FnArg::Receiver(receiver)) => check_receiver(receiver, &label, whose, diagnostics),
        Some(FnArg::Typed(typed)) => {
            missing_receiver(signature, &label, diagnostics);
            arguments.extend(argument(typed, &label, whose, diagnostics));
        }
        None => missing_receiver(signature, &label, diagnostics),
    }
    for input in inputs {
        if let FnArg::Typed(typed) = input {
            arguments.extend(argument(typed, &label, whose, diagnostics));
        }
    }
    arguments
}

fn qualifiers(signature: &Signature, label: &str, whose: Whose, diagnostics: &mut Diagnostics) {
    if let Safety::Unsafe(word) = &signature.safety {
        let reason = match whose {
            Whose::Hub => "clients call it with whatever they like; make it safe and check inside",
            Whose::Client => "it only sends a message; remove `unsafe`",
        };
        diagnostics.on(word, format_args!("{label} cannot be `unsafe`: {reason}"));
    }
    if let Some(abi) = &signature.abi {
        diagnostics.on(abi, format_args!("{label} cannot be `extern`: it is called over the wire; remove `extern`"));
    }
    if let (Some(word), Whose::Client) = (&signature.constness, whose) {
        diagnostics.on(word, format_args!("{label} cannot be `const`: it sends a message; remove `const`"));
    }
    if let Some(variadic) = &signature.variadic {
        diagnostics
            .on(variadic.dots, format_args!("{label} cannot be variadic: take a `Vec` for any number of values"));
    }
}

fn generics(signature: &Signature, label: &str, diagnostics: &mut Diagnostics) {
    for parameter in &signature.generics.params {
        let name = match parameter {
            GenericParam::Lifetime(_) => continue,
            GenericParam::Type(parameter) => &parameter.ident,
            GenericParam::Const(parameter) => &parameter.ident,
        };
        diagnostics.on(
            parameter,
            format_args!(
                "{label} cannot be generic: nothing on the wire says what `{name}` is; write one method for each type"
            ),
        );
    }
}

fn missing_receiver(signature: &Signature, label: &str, diagnostics: &mut Diagnostics) {
    diagnostics.on(&signature.ident, format_args!("{label} takes no `&self`: make `&self` its first argument"));
}

fn check_receiver(receiver: &Receiver, label: &str, whose: Whose, diagnostics: &mut Diagnostics) {
    let shared = match whose {
        Whose::Hub => "the hub is shared by all calls",
        Whose::Client => "a target can be called many times",
    };
    match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => {}
        ReceiverKind::Reference(_, _, Some(_)) => {
            let way_out = match whose {
                Whose::Hub => "take `&self`, and keep what changes in a `Mutex` or an atomic",
                Whose::Client => "take `&self`",
            };
            diagnostics.on(receiver, format_args!("{label} cannot take `&mut self`: {shared}; {way_out}"));
        }
        ReceiverKind::Value => {
            diagnostics.on(receiver, format_args!("{label} cannot take `self`: {shared}; take `&self`"));
        }
        ReceiverKind::Typed(_, ty) => {
            if !is_shared_self(ty) {
                let written = ty.to_token_stream().to_string().replace(' ', "");
                diagnostics.on(receiver, format_args!("{label} cannot take `self: {written}`: {shared}; take `&self`"));
            }
        }
        _ => diagnostics.on(receiver, format_args!("{label} cannot take this `self`: {shared}; take `&self`")),
    }
}

/// Whether `ty` is `&Self`, the long form of `&self`.
fn is_shared_self(ty: &Type) -> bool {
    let Type::Reference(reference) = peeled(ty) else {
        return false;
    };
    reference.mutability.is_none()
        && matches!(peeled(&reference.elem), Type::Path(path) if path.qself.is_none() && path.path.is_ident("Self"))
}

fn argument(typed: &PatType, label: &str, whose: Whose, diagnostics: &mut Diagnostics) -> Option<Argument> {
    let before = diagnostics.count();
    let ty = peeled(&typed.ty);
    let ident = match &*typed.pat {
        Pat::Ident(pattern) if pattern.subpat.is_none() => Some(pattern.ident.clone()),
        // What is injected has no name on the wire.
        Pat::Wild(_) if whose == Whose::Hub && matches!(ty, Type::Reference(_)) => None,
        Pat::Wild(wild) => {
            diagnostics.on(wild, format_args!("an argument of {label} has no name: `_unused` will do"));
            None
        }
        other => {
            diagnostics.on(
                other,
                format_args!(
                    "an argument of {label} is a pattern: give it a plain name, and take it apart in the body"
                ),
            );
            None
        }
    };
    let name = ident.as_ref().map_or_else(|| "_".to_owned(), |ident| ident.unraw().to_string());
    for condition in named(&typed.attrs, "cfg") {
        diagnostics.on(
            condition,
            format_args!(
                "argument `{name}` of {label} cannot have a `cfg` of its own: put `#[cfg(..)]` on two methods"
            ),
        );
    }
    if find_word(ty.to_token_stream(), "impl").is_some() {
        diagnostics.on(
            ty,
            format_args!("argument `{name}` of {label} cannot be an `impl` type: nothing on the wire says which it is; name the type"),
        );
    }
    if let Type::Reference(reference) = ty
        && let Some(word) = &reference.mutability
    {
        let way_out = match whose {
            Whose::Hub => "what is injected is shared, so take it by `&`; take a value to read it from the wire",
            Whose::Client => "it is only written to the wire; take it by `&`",
        };
        diagnostics.on(word, format_args!("argument `{name}` of {label} cannot be a `&mut` reference: {way_out}"));
    }
    (diagnostics.count() == before).then(|| Argument { ident, ty: ty.clone(), whole: typed.to_token_stream() })
}

/// `ty` without invisible and round brackets around it.
pub(crate) fn peeled(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => peeled(&group.elem),
        Type::Paren(paren) => peeled(&paren.elem),
        other => other,
    }
}
