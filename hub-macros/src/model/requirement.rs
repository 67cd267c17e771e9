//! `authorize`: what a user must be to connect or to call.

use syn::{LitStr, Path};

use super::option::{Place, refuse};
use crate::diagnostics::Diagnostics;
use crate::parse::options::{self, Entry, Value};

/// One `authorize`, whole.
#[derive(Default)]
pub(crate) struct Requirement {
    /// One of these roles, unless empty.
    pub(crate) roles: Vec<LitStr>,
    /// One of these users, unless empty.
    pub(crate) users: Vec<LitStr>,
    /// A function that decides.
    pub(crate) policy: Option<Path>,
    /// Whether anyone may connect, and only calls need the rest.
    pub(crate) calls_only: bool,
}

/// Reads every `authorize` among `entries`; all of them must hold.
pub(crate) fn read_all<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    place: Place,
    diagnostics: &mut Diagnostics,
) -> Vec<Requirement> {
    let entries: Vec<&Entry> = entries.into_iter().filter(|entry| entry.word() == "authorize").collect();
    let several = entries.len() > 1;
    let mut bare_before = false;
    let mut requirements = Vec::new();
    for entry in entries {
        if several && matches!(entry.value, Value::Nothing) {
            if bare_before {
                diagnostics.on(entry, "`authorize` is given twice: keep one of them");
            } else {
                diagnostics.on(entry, "`authorize` alone adds nothing to `authorize(..)`: keep the one with the list");
            }
            bare_before = true;
            continue;
        }
        requirements.extend(read(entry, place, diagnostics));
    }
    requirements
}

fn read(entry: &Entry, place: Place, diagnostics: &mut Diagnostics) -> Option<Requirement> {
    let list = match &entry.value {
        Value::Nothing => return Some(Requirement::default()),
        Value::List(list) => list,
        Value::Equals(value) => {
            diagnostics.on(
                value,
                "`authorize` takes a list: write `authorize` for any signed-in user, or `authorize(roles(\"..\"))`",
            );
            return None;
        }
    };
    if list.stream().is_empty() {
        diagnostics.on(entry, "`authorize()` is empty: write `authorize` for any signed-in user");
        return None;
    }
    let before = diagnostics.count();
    let mut requirement = Requirement::default();
    let entries = options::parse(list.stream(), diagnostics);
    for inner in options::without_repeated(entries, &[], diagnostics) {
        match inner.word().as_str() {
            "roles" => requirement.roles = names(&inner, "roles(\"admin\", \"auditor\")", diagnostics),
            "users" => requirement.users = names(&inner, "users(\"ann\", \"bob\")", diagnostics),
            "policy" => requirement.policy = inner.path("may_enter", diagnostics),
            "calls_only" if place == Place::HubAuthorize => {
                requirement.calls_only = inner.flag(diagnostics);
            }
            _ => refuse(&inner, place, diagnostics),
        }
    }
    (diagnostics.count() == before).then_some(requirement)
}

/// The texts of `roles(..)` or `users(..)`.
fn names(entry: &Entry, example: &str, diagnostics: &mut Diagnostics) -> Vec<LitStr> {
    let word = entry.word();
    let Some(names) = entry.list::<LitStr>(example, diagnostics) else {
        return Vec::new();
    };
    if names.is_empty() {
        diagnostics.on(
            entry,
            format_args!("`{word}()` is empty, so nobody would be let in: name at least one, or leave it out"),
        );
    }
    for name in &names {
        if name.value().trim().is_empty() {
            diagnostics.on(name, format_args!("an empty name in `{word}` lets nobody in: remove it"));
        }
    }
    names
}
