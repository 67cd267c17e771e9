//! What `#[hub(..)]` on a struct means.

use proc_macro2::{Ident, TokenStream};
use syn::{Expr, Generics, LitStr, Path, PathArguments, Type, TypeParamBound};

use super::attributes::{Carried, named};
use super::generics::refuse_lifetimes;
use super::option::{Place, refuse};
use super::requirement::{self, Requirement};
use super::root::Root;
use super::signature::peeled;
use super::wire_name::{RenameRule, WireName};
use crate::diagnostics::Diagnostics;
use crate::parse::item::TypeItem;
use crate::parse::options::{self, Entry, Value};

/// A hub type and how it is configured.
pub(crate) struct HubType {
    /// Where `hub-core` is.
    pub(crate) root: Root,
    /// What travels to the generated impl.
    pub(crate) carried: Carried,
    /// The name of the type.
    pub(crate) ident: Ident,
    /// Its generics, where clause included.
    pub(crate) generics: Generics,
    /// `name = ".."`
    pub(crate) name: Option<LitStr>,
    /// `rename_all = ".."`
    pub(crate) rename_all: Option<RenameRule>,
    /// `client = path`
    pub(crate) client: Option<Path>,
    /// Every `authorize`.
    pub(crate) requirements: Vec<Requirement>,
    /// `modules(..)`
    pub(crate) modules: Vec<Expr>,
}

/// Checks the options. One that is wrong is reported and left out; the hub type is always there.
pub(crate) fn read(options: TokenStream, item: TypeItem, diagnostics: &mut Diagnostics) -> HubType {
    let entries = options::parse(options, diagnostics);
    let entries = options::without_repeated(entries, &["authorize"], diagnostics);
    let mut hub = HubType {
        root: Root::default(),
        carried: Carried::of(&item.attributes),
        ident: item.ident,
        generics: item.generics,
        name: None,
        rename_all: None,
        client: None,
        requirements: requirement::read_all(&entries, Place::HubAuthorize, diagnostics),
        modules: Vec::new(),
    };
    for entry in &entries {
        match entry.word().as_str() {
            "authorize" => {}
            "name" => hub.name = entry.string(diagnostics),
            "rename_all" => hub.rename_all = RenameRule::read(entry, diagnostics),
            "client" => hub.client = client(entry, diagnostics),
            "modules" => hub.modules = modules(entry, diagnostics),
            "crate" => hub.root.set(entry, diagnostics),
            _ => refuse(entry, Place::HubType, diagnostics),
        }
    }
    refuse_lifetimes(&mut hub.generics, diagnostics);
    let before = diagnostics.count();
    WireName::new(&hub.ident, hub.name.as_ref(), RenameRule::Camel, "hub", diagnostics);
    if diagnostics.count() > before {
        hub.name = None;
    }
    for repeated in named(&item.attributes, "hub") {
        diagnostics.on(repeated, "`#[hub]` stands here twice: put all options into one");
    }
    hub
}

/// The path of the client trait: its proxy is beside it, so the path must end in a plain name.
///
/// What is wrong with the path is reported, and what can be taken of it is taken: the calls on its proxy are right.
fn client(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Path> {
    let written = match &entry.value {
        Value::Equals(tokens) => syn::parse2::<Type>(tokens.clone()).ok(),
        Value::Nothing | Value::List(_) => None,
    };
    let Some(written) = written else {
        return entry.path("ChatClient", diagnostics);
    };
    let mut path = match peeled(&written) {
        Type::Path(written) if written.qself.is_none() => written.path.clone(),
        Type::TraitObject(object) => {
            diagnostics.on(object, "`client` takes the path of the trait: write it without `dyn`");
            object.bounds.iter().find_map(|bound| match bound {
                TypeParamBound::Trait(bound) => Some(bound.path.clone()),
                _ => None,
            })?
        }
        other => {
            diagnostics.on(other, "`client` takes the path of the trait, as in `client = ChatClient`");
            return None;
        }
    };
    let last = path.segments.last_mut()?;
    if !matches!(last.arguments, PathArguments::None) {
        diagnostics.on(&last.arguments, "a client trait has no generics: remove the brackets at the end of its path");
        last.arguments = PathArguments::None;
    }
    Some(path)
}

fn modules(entry: &Entry, diagnostics: &mut Diagnostics) -> Vec<Expr> {
    let modules = entry.list::<Expr>("modules(RejoinFromDatabase::new)", diagnostics).unwrap_or_default();
    if let Value::List(list) = &entry.value
        && list.stream().is_empty()
    {
        diagnostics.on(entry, "`modules()` is empty: name the functions of the hub that make modules, or leave it out");
    }
    modules
}
