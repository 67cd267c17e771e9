//! One method of a hub block.

use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, GenericParam, LitStr, Meta, ReturnType, Signature, Type};

use super::attributes::{Carried, named};
use super::option::{Place, refuse};
use super::requirement::{self, Requirement};
use super::signature::{self, Argument, Whose};
use super::wire_name::{RenameRule, WireName};
use crate::diagnostics::{Diagnostics, choice};
use crate::parse::options::{self, Entry, Value};
use crate::parse::tokens::lifetimes;

/// A hub method without mistakes.
pub(crate) struct HubMethod {
    /// What travels to its entry in the method table.
    pub(crate) carried: Carried,
    /// Its Rust name.
    pub(crate) ident: Ident,
    /// Whether it is an `async fn`.
    pub(crate) is_async: bool,
    /// Who calls it.
    pub(crate) kind: Kind,
    /// What it is called on the wire, as far as this block knows.
    pub(crate) wire: WireName,
    /// `parallel`
    pub(crate) is_parallel: bool,
    /// `name = ".."`
    pub(crate) name: Option<LitStr>,
    /// Every `authorize`.
    pub(crate) requirements: Vec<Requirement>,
    /// What it gives back, if it says so.
    pub(crate) output: Option<Type>,
    /// Its parameters behind `&self`.
    pub(crate) parameters: Vec<Parameter>,
}

impl HubMethod {
    /// How many arguments it takes from the wire.
    pub(crate) fn wire_arguments(&self) -> usize {
        self.parameters.iter().filter(|parameter| matches!(parameter, Parameter::Wire { .. })).count()
    }
}

/// Who calls a hub method.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A client.
    Call,
    /// The server, when a connection is new.
    Connected,
    /// The server, when a connection is back.
    Reconnected,
    /// The server, when the credentials of a connection were renewed.
    Refreshed,
    /// The server, when a connection is gone.
    Disconnected,
}

impl Kind {
    const EVENTS: [(&'static str, Self); 4] = [
        ("connected", Self::Connected),
        ("reconnected", Self::Reconnected),
        ("refreshed", Self::Refreshed),
        ("disconnected", Self::Disconnected),
    ];

    fn of_word(word: &str) -> Option<Self> {
        Self::EVENTS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)
    }

    /// Its word in `#[hub_method(..)]`, and the name of its constructor.
    pub(crate) fn word(self) -> &'static str {
        Self::EVENTS.iter().find(|(_, kind)| *kind == self).map_or("call", |(word, _)| word)
    }
}

/// One parameter of a hub method.
pub(crate) enum Parameter {
    /// Taken by reference: the type behind it is a part of the call's context.
    Injected(Type),
    /// Taken by value: read from the message.
    Wire { name: String, ty: Type },
    /// Taken by value by a `disconnected` method: why.
    Reason(Type),
}

/// Reads a method that carries `marks`. None if it has any mistake.
pub(crate) fn read(
    marks: &[&Attribute],
    attributes: &[Attribute],
    signature: &Signature,
    diagnostics: &mut Diagnostics,
) -> Option<HubMethod> {
    let before = diagnostics.count();
    for repeated in marks.iter().skip(1) {
        diagnostics.on(repeated, "`#[hub_method]` stands here twice: put all options into one");
    }
    let entries = marks.first().map(|mark| entries(mark, diagnostics)).unwrap_or_default();
    let kind = kind(&entries, diagnostics);
    let mut name = None;
    let mut is_parallel = false;
    for entry in &entries {
        let word = entry.word();
        match word.as_str() {
            "name" | "authorize" | "parallel" if kind != Kind::Call => {
                let reason = match word.as_str() {
                    "name" => "so it has no name on the wire",
                    "parallel" => "so it has its own time",
                    _ => "so there is nobody to refuse",
                };
                diagnostics.on(
                    entry,
                    format_args!("a `{}` method is called by the server, {reason}: remove `{word}`", kind.word()),
                );
            }
            "name" => name = entry.string(diagnostics),
            "authorize" => {}
            "parallel" => is_parallel = entry.flag(diagnostics),
            event if Kind::of_word(event).is_some() => {}
            _ => refuse(entry, Place::HubMethod, diagnostics),
        }
    }
    let requirements = match kind {
        Kind::Call => requirement::read_all(&entries, Place::MethodAuthorize, diagnostics),
        _ => Vec::new(),
    };
    let arguments = signature::check(signature, Whose::Hub, diagnostics);
    let parameters = parameters(arguments, signature, kind, diagnostics);
    let wire = match kind {
        Kind::Call => WireName::new(&signature.ident, name.as_ref(), RenameRule::Camel, Whose::Hub.noun(), diagnostics),
        _ => WireName::unchecked(&signature.ident),
    };
    (diagnostics.count() == before).then(|| HubMethod {
        carried: Carried::of(attributes),
        ident: signature.ident.clone(),
        is_async: signature.asyncness.is_some(),
        kind,
        wire,
        is_parallel,
        name,
        requirements,
        output: match &signature.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some((**ty).clone()),
        },
        parameters,
    })
}

/// The options of a `#[hub_method]`.
fn entries(mark: &Attribute, diagnostics: &mut Diagnostics) -> Vec<Entry> {
    match &mark.meta {
        Meta::Path(_) => Vec::new(),
        Meta::List(list) => {
            let entries = options::parse(list.tokens.clone(), diagnostics);
            options::without_repeated(entries, &["authorize"], diagnostics)
        }
        Meta::NameValue(_) => {
            diagnostics.on(mark, "options stand in brackets: write `#[hub_method(name = \"..\")]`");
            Vec::new()
        }
    }
}

fn kind(entries: &[Entry], diagnostics: &mut Diagnostics) -> Kind {
    let mut found: Option<(Kind, &Entry)> = None;
    for entry in entries {
        let Some(kind) = Kind::of_word(&entry.word()) else {
            continue;
        };
        match (&entry.value, kind) {
            (Value::Nothing, _) => {}
            _ => {
                entry.flag(diagnostics);
            }
        }
        match found {
            Some((first, _)) => diagnostics.on(
                entry,
                format_args!(
                    "a method is either `{}` or `{}`: keep one, and call a shared function from two methods",
                    first.word(),
                    kind.word()
                ),
            ),
            None => found = Some((kind, entry)),
        }
    }
    found.map_or(Kind::Call, |(kind, _)| kind)
}

fn parameters(
    arguments: Vec<Argument>,
    signature: &Signature,
    kind: Kind,
    diagnostics: &mut Diagnostics,
) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    let mut has_reason = false;
    for argument in arguments {
        check_lifetimes(&argument, signature, diagnostics);
        if let Type::Reference(reference) = &argument.ty {
            parameters.push(Parameter::Injected((*reference.elem).clone()));
            continue;
        }
        let name = argument.ident.as_ref().map(|ident| ident.unraw().to_string()).unwrap_or_default();
        match kind {
            Kind::Call => parameters.push(Parameter::Wire { name, ty: argument.ty }),
            Kind::Disconnected if !has_reason => {
                has_reason = true;
                parameters.push(Parameter::Reason(argument.ty));
            }
            Kind::Disconnected => diagnostics.on(
                &argument.whole,
                format_args!("a `disconnected` method is given one value, the reason: remove `{name}`"),
            ),
            Kind::Connected | Kind::Reconnected | Kind::Refreshed => diagnostics.on(
                &argument.whole,
                format_args!(
                    "a `{}` method is called by the server, so there is no message to read `{name}` from: \
                     take what you need by reference, such as `&HubContext<Self>`",
                    kind.word()
                ),
            ),
        }
    }
    parameters
}

/// Lifetimes of the method's own do no harm as long as no type that the generated code names has one.
fn check_lifetimes(argument: &Argument, signature: &Signature, diagnostics: &mut Diagnostics) {
    let named_type = match &argument.ty {
        Type::Reference(reference) => {
            if let Some(lifetime) = reference.lifetime.as_ref().filter(|lifetime| lifetime.ident == "static") {
                diagnostics.on(lifetime, "what is injected lives as long as the call: remove `'static`");
            }
            &*reference.elem
        }
        value => value,
    };
    let own: Vec<String> = signature
        .generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            GenericParam::Lifetime(lifetime) => Some(lifetime.lifetime.ident.to_string()),
            GenericParam::Type(_) | GenericParam::Const(_) => None,
        })
        .collect();
    let used = lifetimes(named_type.to_token_stream()).into_iter().find(|lifetime| own.contains(lifetime));
    if let Some(lifetime) = used {
        diagnostics.on(
            named_type,
            format_args!(
                "`'{lifetime}` is a lifetime of the method, and what it is called with has none: take an owned type, or write `'_`"
            ),
        );
    }
}

/// Reports `#[hub_method]` on what is no function.
pub(crate) fn refuse_mark(attributes: &[Attribute], what: &str, diagnostics: &mut Diagnostics) {
    for mark in named(attributes, "hub_method") {
        diagnostics.on(
            mark,
            format_args!(
                "`#[hub_method]` marks a method, not {what}: remove it, or write a method with {}",
                choice(["&self"])
            ),
        );
    }
}
