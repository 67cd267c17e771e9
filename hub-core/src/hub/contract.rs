//! What makes a type a hub. Written by the macros, named by users.

use std::borrow::Cow;

use crate::{
    dispatch::MethodTable,
    hub::proxy::{Arity, Target},
    pipeline::Modules,
};

/// A type declared as a hub by `#[hub]` on the struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not declared as a hub",
    label = "not a hub",
    note = "put `#[hub]` on the declaration of `{Self}`, and `#[hub]` on the impl block with its hub methods"
)]
pub trait HubType: Sized + Send + Sync + 'static {
    /// The typed proxies of its clients.
    type Client: HubClient;
    /// Name, naming rule and authorisation, as the attribute says.
    fn config() -> HubConfig;
    /// Adds the modules that the attribute lists.
    fn modules(&self, modules: &mut Modules) {
        let _ = modules;
    }
}

/// A hub: a value whose hub methods clients may call.
///
/// Written by `#[hub]` on the impl block.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no hub methods",
    label = "no `#[hub]` impl block",
    note = "put `#[hub]` on the impl block with the hub methods of `{Self}`"
)]
pub trait Hub: HubType {
    /// Adds the hub methods and events.
    fn methods(table: &mut MethodTable<Self>);
}

/// A contract of client methods, declared by `#[hub_client]` on a trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no contract of client methods",
    note = "`client = ..` names a trait that carries `#[hub_client]`"
)]
pub trait HubClient: 'static {
    /// The proxy for targets of this arity.
    type Proxy<A: Arity>: From<Target<A>>;
}

/// How Rust names become wire names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum RenameRule {
    /// `join_room` → `joinRoom`.
    #[default]
    CamelCase,
    /// `join_room` → `JoinRoom`.
    PascalCase,
    /// `join_room`, `JoinRoom` → `join_room`.
    SnakeCase,
    /// As written.
    None,
}

impl RenameRule {
    /// Applies the rule to a Rust identifier.
    pub fn apply(self, name: &str) -> String {
        if self == Self::None {
            return name.to_owned();
        }
        let mut out = String::with_capacity(name.len());
        let mut boundary = self == Self::PascalCase;
        for (index, character) in name.chars().enumerate() {
            match (self, character) {
                (Self::SnakeCase, upper) if upper.is_uppercase() => {
                    if index > 0 && !out.ends_with('_') {
                        out.push('_');
                    }
                    out.extend(upper.to_lowercase());
                }
                (Self::SnakeCase, other) => out.push(other),
                (_, '_') => boundary = !out.is_empty() || self == Self::PascalCase,
                (_, other) if boundary => {
                    out.extend(other.to_uppercase());
                    boundary = false;
                }
                (_, other) if out.is_empty() => out.extend(other.to_lowercase()),
                (_, other) => out.push(other),
            }
        }
        out
    }
}

/// What `#[hub(..)]` says of a hub.
#[derive(Debug, Clone)]
pub struct HubConfig {
    pub(crate) name: Cow<'static, str>,
    pub(crate) name_is_given: bool,
    pub(crate) rename: RenameRule,
    pub(crate) requirements: Vec<Requirement>,
}

impl HubConfig {
    /// For a type of this name.
    pub fn new(type_name: &'static str) -> Self {
        Self {
            name: RenameRule::CamelCase.apply(type_name).into(),
            name_is_given: false,
            rename: RenameRule::default(),
            requirements: Vec::new(),
        }
    }

    /// Gives the exact wire name.
    #[must_use]
    pub fn name(mut self, name: &'static str) -> Self {
        self.name = name.into();
        self.name_is_given = true;
        self
    }

    /// Sets how method names become wire names.
    #[must_use]
    pub fn rename_all(mut self, rule: RenameRule) -> Self {
        self.rename = rule;
        self
    }

    /// Asks something of whoever connects and calls.
    #[must_use]
    pub fn authorize(mut self, requirement: Requirement) -> Self {
        self.requirements.push(requirement);
        self
    }
}

/// Decides by code: given who asks and what for, whether they may.
pub(crate) type Policy = fn(&crate::pipeline::Authorization<'_>) -> bool;

/// What `authorize` asks of a caller; all parts must hold.
#[derive(Debug, Clone, Default)]
pub struct Requirement {
    pub(crate) users: Vec<&'static str>,
    pub(crate) roles: Vec<&'static str>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) calls_only: bool,
}

impl Requirement {
    /// Any authenticated user.
    pub fn authenticated() -> Self {
        Self::default()
    }

    /// One of these users, by name, byte for byte.
    #[must_use]
    pub fn users(mut self, users: &[&'static str]) -> Self {
        self.users.extend_from_slice(users);
        self
    }

    /// In one of these roles.
    #[must_use]
    pub fn roles(mut self, roles: &[&'static str]) -> Self {
        self.roles.extend_from_slice(roles);
        self
    }

    /// This function agrees.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policies.push(policy);
        self
    }

    /// Anyone may connect and listen; only calls are checked.
    #[must_use]
    pub fn calls_only(mut self) -> Self {
        self.calls_only = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::RenameRule::{CamelCase, None, PascalCase, SnakeCase};

    #[test]
    fn rust_names_become_wire_names() {
        for (rule, rust, wire) in [
            (CamelCase, "join_room", "joinRoom"),
            (CamelCase, "ChatHub", "chatHub"),
            (CamelCase, "__odd__name_", "oddName"),
            (CamelCase, "a1_b2", "a1B2"),
            (PascalCase, "join_room", "JoinRoom"),
            (SnakeCase, "JoinRoom", "join_room"),
            (SnakeCase, "join_room", "join_room"),
            (None, "join_room", "join_room"),
        ] {
            assert_eq!(rule.apply(rust), wire, "{rule:?} {rust}");
        }
    }
}
