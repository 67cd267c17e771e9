//! What `#[hub_client]` on a trait means.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use syn::ext::IdentExt as _;
use syn::{Attribute, GenericParam, Generics, Meta, ReturnType, Signature, Type, Visibility};

use super::attributes::{Carried, named};
use super::hub_block::clash_message;
use super::option::{Place, refuse};
use super::root::Root;
use super::signature::{self, Argument, Whose};
use super::wire_name::{RenameRule, WireName};
use crate::diagnostics::Diagnostics;
use crate::parse::block::TraitBlock;
use crate::parse::member::{Member, MemberKind};
use crate::parse::options;
use crate::parse::tokens::{find_word, has_sign, lifetimes};

/// A client trait.
pub(crate) struct Client {
    /// Where `hub-core` is.
    pub(crate) root: Root,
    /// What travels to the proxy.
    pub(crate) carried: Carried,
    /// The visibility of the trait and of its proxy.
    pub(crate) visibility: Visibility,
    /// The name of the trait.
    pub(crate) ident: Ident,
    /// The name of the proxy.
    pub(crate) proxy: Ident,
    /// The methods that have no mistake.
    pub(crate) methods: Vec<ClientMethod>,
    /// Whether the trait has a method `call` of its own, so that ours must give way.
    pub(crate) has_call: bool,
    /// Whether any method is an `async fn`.
    pub(crate) has_async: bool,
}

/// A client method.
pub(crate) struct ClientMethod {
    /// What travels to the method of the proxy.
    pub(crate) carried: Carried,
    /// Its Rust name.
    pub(crate) ident: Ident,
    /// Its name on the wire.
    pub(crate) wire: WireName,
    /// Lifetimes of its own.
    pub(crate) generics: Generics,
    /// What is sent.
    pub(crate) arguments: Vec<(Ident, Type)>,
    /// What is answered; none for a one-way method.
    pub(crate) answer: Option<TokenStream>,
}

/// Checks the trait. A method with a mistake is left out; the proxy is always there.
pub(crate) fn read(options: TokenStream, block: TraitBlock, diagnostics: &mut Diagnostics) -> Client {
    let mut root = Root::default();
    let mut rule = RenameRule::default();
    let entries = options::parse(options, diagnostics);
    for entry in options::without_repeated(entries, &[], diagnostics) {
        match entry.word().as_str() {
            "crate" => root.set(&entry, diagnostics),
            "rename_all" => rule = RenameRule::read(&entry, diagnostics).unwrap_or_default(),
            _ => refuse(&entry, Place::Client, diagnostics),
        }
    }
    for repeated in named(&block.attributes, "hub_client") {
        diagnostics.on(repeated, "`#[hub_client]` stands here twice: put all options into one");
    }
    if let Some(word) = &block.unsafety {
        diagnostics.on(word, "a client trait cannot be `unsafe`: nobody implements it; remove the word");
    }
    for parameter in &block.generics.params {
        diagnostics
            .on(parameter, "a client trait cannot be generic: what a client understands is fixed; name the types");
    }
    let mut methods = Vec::new();
    let mut has_call = false;
    let mut has_async = false;
    for member in &block.members {
        if let MemberKind::Function { signature, body } = &member.kind {
            has_call |= signature.ident.unraw() == "call";
            has_async |= signature.asyncness.is_some();
            if let Some(body) = body {
                diagnostics
                    .on(body, format_args!("client method `{}` runs on the client: end it with `;`", signature.ident));
            }
            let method = read_method(member, signature, rule, diagnostics);
            methods.extend(method.filter(|_| body.is_none()));
        } else {
            refuse_member(member, diagnostics);
        }
    }
    Client {
        root,
        carried: Carried::of(&block.attributes),
        visibility: block.visibility,
        proxy: format_ident!("{}Proxy", block.ident.unraw(), span = block.ident.span()),
        ident: block.ident,
        methods: without_clashes(methods, diagnostics),
        has_call,
        has_async,
    }
}

fn refuse_member(member: &Member, diagnostics: &mut Diagnostics) {
    match &member.kind {
        MemberKind::Function { .. } => {}
        MemberKind::Constant(ident) => diagnostics
            .on(ident, format_args!("a client trait has methods only: move the constant `{ident}` out of it")),
        MemberKind::Type(ident) => {
            diagnostics.on(ident, format_args!("a client trait has methods only: name the type instead of `{ident}`"));
        }
        MemberKind::Macro(path) => {
            diagnostics.on(path, "`#[hub_client]` cannot look into a macro call: write out the client methods it makes")
        }
        MemberKind::Unread(error) => diagnostics.unread("this client method", error),
    }
}

fn read_method(
    member: &Member,
    signature: &Signature,
    rule: RenameRule,
    diagnostics: &mut Diagnostics,
) -> Option<ClientMethod> {
    let before = diagnostics.count();
    let name = name(&member.attributes, diagnostics);
    let wire = WireName::new(&signature.ident, name.as_ref(), rule, Whose::Client.noun(), diagnostics);
    let arguments = signature::check(signature, Whose::Client, diagnostics);
    for argument in &arguments {
        check_argument(argument, signature, diagnostics);
    }
    let answer = answer(signature, diagnostics);
    let mut generics = signature.generics.clone();
    // A bound on `Self` is about implementors, and there are none.
    generics.where_clause = None;
    generics.params = generics.params.into_iter().filter(|param| matches!(param, GenericParam::Lifetime(_))).collect();
    (diagnostics.count() == before).then(|| ClientMethod {
        carried: Carried::of(&member.attributes),
        ident: signature.ident.clone(),
        wire,
        generics,
        arguments: arguments
            .into_iter()
            .filter_map(|argument| argument.ident.map(|ident| (ident, argument.ty)))
            .collect(),
        answer,
    })
}

/// The name that a `#[client_method]` gives.
fn name(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Option<syn::LitStr> {
    let mut marks = named(attributes, "client_method");
    let mark = marks.next()?;
    for repeated in marks {
        diagnostics.on(repeated, "`#[client_method]` stands here twice: keep one");
    }
    let entries = match &mark.meta {
        Meta::Path(_) => Vec::new(),
        Meta::List(list) => options::parse(list.tokens.clone(), diagnostics),
        Meta::NameValue(_) => {
            diagnostics.on(mark, "options stand in brackets: write `#[client_method(name = \"..\")]`");
            Vec::new()
        }
    };
    let mut name = None;
    for entry in options::without_repeated(entries, &[], diagnostics) {
        match entry.word().as_str() {
            "name" => name = entry.string(diagnostics),
            _ => refuse(&entry, Place::ClientMethod, diagnostics),
        }
    }
    name
}

fn check_argument(argument: &Argument, signature: &Signature, diagnostics: &mut Diagnostics) {
    if find_word(argument.ty.to_token_stream(), "Self").is_some() {
        diagnostics.on(
            &argument.ty,
            format_args!(
                "client method `{}` cannot send `Self`: a client trait has no value; name the type",
                signature.ident
            ),
        );
    }
}

/// What an `async fn` is answered with.
fn answer(signature: &Signature, diagnostics: &mut Diagnostics) -> Option<TokenStream> {
    let ident = &signature.ident;
    let written = match &signature.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, ty) => signature::peeled(ty).to_token_stream(),
    };
    if written.to_string() == "()" {
        return signature.asyncness.is_some().then_some(written);
    }
    if signature.asyncness.is_none() {
        diagnostics.on(
            &written,
            format_args!("client method `{ident}` asks for an answer: make it `async`, or remove the return type"),
        );
        return None;
    }
    if find_word(written.clone(), "impl").is_some() {
        diagnostics.on(
            &written,
            format_args!("the answer of client method `{ident}` cannot be an `impl` type: name the type to read it as"),
        );
    } else if find_word(written.clone(), "Self").is_some() {
        diagnostics.on(
            &written,
            format_args!("client method `{ident}` cannot answer `Self`: a client trait has no value; name the type"),
        );
    } else if has_sign(written.clone(), '&') || lifetimes(written.clone()).iter().any(|name| name != "static") {
        diagnostics.on(
            &written,
            format_args!(
                "the answer of client method `{ident}` borrows: it is read from the wire, so name an owned type"
            ),
        );
    }
    Some(written)
}

/// Reports methods that are one on the wire, as for a hub.
fn without_clashes(methods: Vec<ClientMethod>, diagnostics: &mut Diagnostics) -> Vec<ClientMethod> {
    let mut kept: Vec<ClientMethod> = Vec::new();
    for method in methods {
        let clash = kept.iter().find(|earlier| {
            !method.carried.is_conditional()
                && !earlier.carried.is_conditional()
                && method.arguments.len() == earlier.arguments.len()
                && method.wire.is_same(&earlier.wire)
        });
        match clash {
            Some(earlier) => diagnostics.on(
                &method.wire,
                clash_message(
                    ("client methods", "client_method"),
                    (&earlier.ident.to_string(), &method.ident.to_string()),
                    &earlier.wire,
                    method.arguments.len(),
                ),
            ),
            None => kept.push(method),
        }
    }
    kept
}
