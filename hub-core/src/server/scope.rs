//! What sends, groups and memberships belong to: a hub, or a type of raw connections.

use std::{fmt, sync::Arc};

/// The place of a scope in its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ScopeId(u32);

impl ScopeId {
    #[cfg(test)]
    pub(crate) const TEST: Self = Self(0);

    pub(crate) fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// These, each once, in their order. There are few of them.
    pub(crate) fn sorted(scopes: impl Iterator<Item = Self>) -> Vec<Self> {
        let mut sorted = Vec::new();
        for scope in scopes {
            if let Err(at) = sorted.binary_search(&scope) {
                sorted.insert(at, scope);
            }
        }
        sorted
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A scope with its name.
#[derive(Clone)]
pub(crate) struct Scope {
    id: ScopeId,
    name: Arc<str>,
}

impl Scope {
    pub(crate) fn new(id: ScopeId, name: impl Into<Arc<str>>) -> Self {
        Self { id, name: name.into() }
    }

    pub(crate) fn id(&self) -> ScopeId {
        self.id
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
