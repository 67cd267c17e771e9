//! What the requests of a mount share.

use std::sync::Arc;

use crate::server::{Scope, ScopeId, Server, Settings};

/// What a mount serves.
#[derive(Debug, Clone)]
pub(super) enum Serves {
    Hubs,
    Raw(Scope),
}

pub(super) struct Mounted {
    pub(super) server: Arc<Server>,
    pub(super) settings: Settings,
    /// The settings of each hub on this mount.
    pub(super) of_hubs: Vec<Settings>,
    pub(super) serves: Serves,
}

impl Mounted {
    /// What holds for a hub on this mount.
    pub(super) fn of_hub(&self, scope: ScopeId) -> &Settings {
        self.of_hubs.get(scope.index()).unwrap_or(&self.settings)
    }
}
