//! What `#[hub_module]` on an `impl HubModule for ..` block means.

use proc_macro2::{Ident, TokenStream};
use quote::format_ident;
use syn::Generics;
use syn::Type;
use syn::ext::IdentExt as _;

use super::attributes::{Carried, named};
use super::option::{Place, refuse};
use super::root::Root;
use crate::diagnostics::{Diagnostics, choice, nearest};
use crate::parse::block::ImplBlock;
use crate::parse::member::{Member, MemberKind};
use crate::parse::options;

/// The nine stages.
const STAGES: [&str; 9] = [
    "incoming",
    "outgoing",
    "connect",
    "reconnect",
    "disconnect",
    "authorize_connect",
    "authorize_method",
    "rejoining_groups",
    "change_membership",
];

/// A pipeline module's impl block.
pub(crate) struct Module {
    /// Where `hub-core` is.
    pub(crate) root: Root,
    /// What travels to an impl block for what is in this one by mistake.
    pub(crate) carried: Carried,
    /// The generics of the block, where clause included.
    pub(crate) generics: Generics,
    /// The module.
    pub(crate) self_type: Type,
    /// The stages it takes part in; none if the user wrote `STAGES`.
    pub(crate) stages: Option<Vec<Stage>>,
    /// The members, by whether they belong in the block.
    pub(crate) members: Vec<(Member, Belongs)>,
}

/// A stage that a module takes part in.
pub(crate) struct Stage {
    /// The name of its constant.
    pub(crate) constant: Ident,
    /// When its method is there.
    pub(crate) conditions: Vec<TokenStream>,
}

/// Whether a member belongs in the block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belongs {
    /// It does.
    Here,
    /// It is a method of no stage. Left where it is, the compiler would complain about it once more.
    Elsewhere,
}

/// Checks the block. None if it is no block of a module at all.
pub(crate) fn read(options: TokenStream, block: ImplBlock, diagnostics: &mut Diagnostics) -> Option<Module> {
    let mut root = Root::default();
    let entries = options::parse(options, diagnostics);
    for entry in options::without_repeated(entries, &[], diagnostics) {
        match entry.word().as_str() {
            "crate" => root.set(&entry, diagnostics),
            _ => refuse(&entry, Place::Module, diagnostics),
        }
    }
    for repeated in named(&block.attributes, "hub_module") {
        diagnostics.on(repeated, "`#[hub_module]` stands here twice: keep one");
    }
    if let Some(polarity) = &block.polarity {
        diagnostics.on(polarity, "`#[hub_module]` goes on `impl HubModule for ..`, not on a negative impl: remove it");
        return None;
    }
    if block.trait_path.is_none() {
        diagnostics.on(
            &block.self_type,
            "`#[hub_module]` goes on `impl HubModule for ..`, and this block implements no trait: move it there",
        );
        return None;
    }
    let is_written =
        block.members.iter().any(|member| matches!(&member.kind, MemberKind::Constant(ident) if ident == "STAGES"));
    let mut stages = Vec::new();
    let mut members = Vec::new();
    for member in block.members {
        let (stage, belongs) = stage(&member, is_written, diagnostics);
        stages.extend(stage);
        members.push((member, belongs));
    }
    Some(Module {
        root,
        carried: Carried::of(&block.attributes),
        generics: block.generics,
        self_type: block.self_type,
        stages: (!is_written).then_some(stages),
        members,
    })
}

fn stage(member: &Member, is_written: bool, diagnostics: &mut Diagnostics) -> (Option<Stage>, Belongs) {
    let ident = match &member.kind {
        MemberKind::Function { signature, .. } => &signature.ident,
        MemberKind::Macro(path) => {
            if !is_written {
                diagnostics.on(
                    path,
                    "`#[hub_module]` cannot look into a macro call, so stages it makes would not run: \
                     write them out, or write `const STAGES` in the block",
                );
            }
            return (None, Belongs::Here);
        }
        MemberKind::Unread(error) => {
            diagnostics.unread("this stage", error);
            return (None, Belongs::Here);
        }
        MemberKind::Constant(_) | MemberKind::Type(_) => return (None, Belongs::Here),
    };
    let word = ident.unraw().to_string();
    if STAGES.contains(&word.as_str()) {
        let constant = format_ident!("{}", word.to_uppercase(), span = ident.span());
        let conditions = Carried::of(&member.attributes).conditions;
        return (Some(Stage { constant, conditions }), Belongs::Here);
    }
    let meant = nearest(&word, &STAGES).map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
    diagnostics.on(
        ident,
        format_args!(
            "a pipeline module has no stage `{word}`: {meant}the stages are {}",
            choice(STAGES).replace(" or ", " and ")
        ),
    );
    (None, Belongs::Elsewhere)
}
