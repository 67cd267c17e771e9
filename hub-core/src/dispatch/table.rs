//! The method table of a hub: which wire name and number of arguments is which method.

use std::{collections::HashMap, fmt};

use super::{
    ParameterKind,
    method::{Handler, Method, MethodKind},
};
use crate::hub::{RenameRule, Requirement};

/// The longest name a method can have on the wire, in bytes.
const MAX_WIRE_NAME_BYTES: usize = 256;

/// What is known of a method without the hub's type.
#[derive(Debug)]
pub(crate) struct MethodInfo {
    /// As it is declared on the wire.
    pub name: String,
    /// Whether an attribute gave the name.
    pub name_is_given: bool,
    /// Those on the wire.
    pub parameters: Vec<String>,
    /// How many of them must be there; the others, at the end, may be missing.
    pub required: usize,
    /// Upload streams it takes.
    pub uploads: usize,
    /// Whether its result is a stream.
    pub streams: bool,
    /// Whether it watches the call's cancellation.
    pub can_be_cancelled: bool,
    /// Whether it runs beside other calls of its connection.
    pub parallel: bool,
    pub requirements: Vec<Requirement>,
}

impl MethodInfo {
    fn takes(&self, arguments: usize) -> bool {
        (self.required..=self.parameters.len()).contains(&arguments)
    }
}

/// What a name and a number of arguments come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolution {
    /// The method at this place.
    Method(usize),
    /// There are methods of this name, for other numbers of arguments; this one takes the most.
    OtherArity(usize),
    /// There is no method of this name.
    Unknown,
}

/// Hub methods and events, collected by the macros' code.
pub struct MethodTable<H> {
    rename: RenameRule,
    calls: Vec<(MethodInfo, Handler<H>)>,
    /// Methods by lower-case wire name.
    by_name: HashMap<String, Vec<usize>>,
    events: Vec<(MethodKind, Handler<H>)>,
    errors: Vec<String>,
}

impl<H> MethodTable<H> {
    pub(crate) fn new(rename: RenameRule) -> Self {
        Self { rename, calls: Vec::new(), by_name: HashMap::new(), events: Vec::new(), errors: Vec::new() }
    }

    /// Adds a method. Two may share a wire name if no number of arguments fits both.
    pub fn add(&mut self, method: Method<H>) {
        let Some(handler) = method.handler else {
            self.errors.push(format!("hub method `{}` has no code", method.rust_name));
            return;
        };
        if method.kind != MethodKind::Call {
            self.events.push((method.kind, handler));
            return;
        }
        let name = method.wire_name.map_or_else(|| self.rename.apply(method.rust_name), str::to_owned);
        if name.is_empty()
            || name.len() > MAX_WIRE_NAME_BYTES
            || name.starts_with('$')
            || name.chars().any(|character| character.is_control() || "\"'\\".contains(character))
        {
            self.errors.push(format!("hub method `{}` cannot be called {name:?} on the wire", method.rust_name));
            return;
        }
        let same = self.by_name.entry(name.to_lowercase()).or_default();
        let on_wire = || method.parameters.iter().filter(|(_, kind)| *kind != ParameterKind::Upload);
        let arity = on_wire().count();
        let optional = on_wire().rev().take_while(|(_, kind)| *kind == ParameterKind::Optional).count();
        let required = arity.saturating_sub(optional);
        for at in same.iter() {
            let Some((info, _)) = self.calls.get(*at) else { continue };
            if let Some(both) = (required..=arity).find(|number| info.takes(*number)) {
                self.errors.push(format!("two hub methods called `{name}` on the wire take {both} arguments"));
                return;
            }
        }
        same.push(self.calls.len());
        let info = MethodInfo {
            name,
            name_is_given: method.wire_name.is_some(),
            parameters: on_wire().map(|(name, _)| RenameRule::CamelCase.apply(name)).collect(),
            required,
            uploads: method.parameters.len().saturating_sub(arity),
            streams: method.streams,
            can_be_cancelled: method.can_be_cancelled,
            parallel: method.parallel,
            requirements: method.requirements,
        };
        self.calls.push((info, handler));
    }

    pub(crate) fn take_errors(&mut self) -> Vec<String> {
        std::mem::take(&mut self.errors)
    }

    pub(crate) fn resolve(&self, name: &str, arguments: usize) -> Resolution {
        let found = match self.by_name.get(name) {
            Some(found) => Some(found),
            // No method is called that, so a long name is not copied to find out.
            None if name.len() > MAX_WIRE_NAME_BYTES => None,
            None if name.chars().any(char::is_uppercase) => self.by_name.get(&name.to_lowercase()),
            None => None,
        };
        let Some(found) = found else { return Resolution::Unknown };
        found
            .iter()
            .find(|at| self.calls.get(**at).is_some_and(|(info, _)| info.takes(arguments)))
            .map_or_else(|| self.other_arity(found), |at| Resolution::Method(*at))
    }

    fn other_arity(&self, found: &[usize]) -> Resolution {
        let arity = |at: &usize| self.calls.get(*at).map_or(0, |(info, _)| info.parameters.len());
        found.iter().copied().max_by_key(arity).map_or(Resolution::Unknown, Resolution::OtherArity)
    }

    pub(crate) fn info(&self, at: usize) -> Option<&MethodInfo> {
        self.calls.get(at).map(|(info, _)| info)
    }

    pub(crate) fn infos(&self) -> impl Iterator<Item = &MethodInfo> {
        self.calls.iter().map(|(info, _)| info)
    }

    pub(super) fn handler(&self, at: usize) -> Option<Handler<H>> {
        self.calls.get(at).map(|(_, handler)| handler.clone())
    }

    pub(super) fn events(&self, kind: MethodKind) -> impl Iterator<Item = Handler<H>> + '_ {
        self.events.iter().filter(move |(held, _)| *held == kind).map(|(_, handler)| handler.clone())
    }
}

impl<H> fmt::Debug for MethodTable<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.calls.iter().map(|(info, _)| &info.name)).finish()
    }
}
