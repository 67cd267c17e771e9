//! What `#[hub]` on an impl block means.

use proc_macro2::TokenStream;
use syn::{Generics, Type};

use super::attributes::{Carried, hidden_in_cfg_attr, named};
use super::generics::{refuse_elided, refuse_lifetimes};
use super::hub_method::{self, HubMethod, Kind};
use super::option::{Place, refuse};
use super::root::Root;
use super::signature::peeled;
use super::wire_name::WireName;
use crate::diagnostics::Diagnostics;
use crate::parse::block::ImplBlock;
use crate::parse::member::{Member, MemberKind};
use crate::parse::options;

/// A hub's impl block.
pub(crate) struct HubBlock {
    /// Where `hub-core` is.
    pub(crate) root: Root,
    /// What travels to the generated impl.
    pub(crate) carried: Carried,
    /// The generics of the block, where clause included.
    pub(crate) generics: Generics,
    /// The hub type as it was written.
    pub(crate) self_type: Type,
    /// The methods that have no mistake.
    pub(crate) methods: Vec<HubMethod>,
}

/// Checks the block. None if it is no block of a hub at all; a method with a mistake is left out.
pub(crate) fn read(options: TokenStream, mut block: ImplBlock, diagnostics: &mut Diagnostics) -> Option<HubBlock> {
    let mut root = Root::default();
    let entries = options::parse(options, diagnostics);
    for entry in options::without_repeated(entries, &[], diagnostics) {
        match entry.word().as_str() {
            "crate" => root.set(&entry, diagnostics),
            _ => refuse(&entry, Place::HubBlock, diagnostics),
        }
    }
    for repeated in named(&block.attributes, "hub") {
        diagnostics.on(repeated, "`#[hub]` stands here twice: keep one");
    }
    if !is_hub_block(&block, diagnostics) || refuse_elided(&block.self_type, diagnostics) {
        return None;
    }
    refuse_lifetimes(&mut block.generics, diagnostics);
    let mut methods = Vec::new();
    let mut marked = false;
    for member in &block.members {
        marked |= is_marked(member);
        methods.extend(read_member(member, diagnostics));
    }
    if !marked {
        diagnostics.on(&block.self_type, "this hub has no method that clients may call: mark one with `#[hub_method]`");
    }
    Some(HubBlock {
        root,
        carried: Carried::of(&block.attributes),
        generics: block.generics,
        self_type: block.self_type,
        methods: without_clashes(methods, diagnostics),
    })
}

fn is_hub_block(block: &ImplBlock, diagnostics: &mut Diagnostics) -> bool {
    let before = diagnostics.count();
    if let Some(polarity) = &block.polarity {
        diagnostics.on(polarity, "`#[hub]` goes on the hub's own impl block, not on a negative impl: move it there");
    } else if let Some(path) = &block.trait_path {
        diagnostics.on(
            path,
            "`#[hub]` goes on the hub's own impl block, not on that of a trait: move the hub methods there \
             (a pipeline module takes `#[hub_module]`)",
        );
    } else if let Some(word) = &block.unsafety {
        diagnostics.on(word, "the impl block of a hub cannot be `unsafe`: remove the word");
    }
    match peeled(&block.self_type) {
        Type::Path(path) if path.qself.is_none() => {}
        _ if block.trait_path.is_some() => {}
        other => diagnostics
            .on(other, "a hub is a struct or an enum of yours: write its name here, as in `impl ChatHub { .. }`"),
    }
    diagnostics.count() == before
}

fn is_marked(member: &Member) -> bool {
    named(&member.attributes, "hub_method").next().is_some()
        || hidden_in_cfg_attr(&member.attributes, "hub_method").is_some()
        || matches!(member.kind, MemberKind::Macro(_))
}

fn read_member(member: &Member, diagnostics: &mut Diagnostics) -> Option<HubMethod> {
    if let Some(attribute) = hidden_in_cfg_attr(&member.attributes, "hub_method") {
        diagnostics.on(
            attribute,
            "`#[hub]` does not see a `hub_method` in `cfg_attr`: write `#[hub_method]`, and `#[cfg(..)]` beside it \
             for a method that is not always there",
        );
        return None;
    }
    let marks: Vec<_> = named(&member.attributes, "hub_method").collect();
    match &member.kind {
        MemberKind::Function { signature, .. } if !marks.is_empty() => {
            return hub_method::read(&marks, &member.attributes, signature, diagnostics);
        }
        MemberKind::Function { .. } => {}
        MemberKind::Constant(_) => hub_method::refuse_mark(&member.attributes, "a constant", diagnostics),
        MemberKind::Type(_) => hub_method::refuse_mark(&member.attributes, "a type", diagnostics),
        MemberKind::Macro(path) => diagnostics.on(
            path,
            "`#[hub]` cannot look into a macro call, so hub methods it makes would be missing: \
             write them out, or move the call to an impl block without `#[hub]`",
        ),
        MemberKind::Unread(error) if !marks.is_empty() => diagnostics.unread("this hub method", error),
        MemberKind::Unread(_) => {}
    }
    None
}

/// Reports methods that a client cannot tell apart: one name, one number of arguments. The first of them stays.
///
/// Methods with a `cfg` are let be: it may be that one is there when the other is not.
fn without_clashes(methods: Vec<HubMethod>, diagnostics: &mut Diagnostics) -> Vec<HubMethod> {
    let mut kept: Vec<HubMethod> = Vec::new();
    for method in methods {
        let clash = kept.iter().find(|earlier| {
            method.kind == Kind::Call
                && earlier.kind == Kind::Call
                && !method.carried.is_conditional()
                && !earlier.carried.is_conditional()
                && method.wire_arguments() == earlier.wire_arguments()
                && method.wire.is_same(&earlier.wire)
        });
        match clash {
            Some(earlier) => {
                diagnostics.on(
                    &method.wire,
                    clash_message(
                        ("hub methods", "hub_method"),
                        (&earlier.ident.to_string(), &method.ident.to_string()),
                        &earlier.wire,
                        method.wire_arguments(),
                    ),
                );
            }
            None => kept.push(method),
        }
    }
    kept
}

/// What to say of two methods that are one on the wire.
pub(crate) fn clash_message(
    (nouns, attribute): (&str, &str),
    (earlier, later): (&str, &str),
    wire: &WireName,
    arguments: usize,
) -> String {
    let count = match arguments {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        more => format!("{more} arguments"),
    };
    format!(
        "{nouns} `{earlier}` and `{later}` are both `{}` with {count} on the wire, where upper and lower case are one: \
         give one of them another name with `#[{attribute}(name = \"..\")]`",
        wire.text
    )
}
