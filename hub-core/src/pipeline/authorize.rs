//! Authorisation as modules: what `authorize` says, and authentication for everything.

use super::{Authorization, AuthorizeConnectNext, AuthorizeMethodNext, HubModule, Stages};
use crate::hub::Requirement;

/// Checks the requirements that `#[hub]` and `#[hub_method]` declare. It is the outermost module of every hub, so that no other
/// module sees a call that is refused.
pub(crate) struct Authorize {
    hub: Vec<Requirement>,
    methods: Vec<(String, Vec<Requirement>)>,
}

impl Authorize {
    pub(crate) fn new(hub: Vec<Requirement>, methods: Vec<(String, Vec<Requirement>)>) -> Self {
        Self { hub, methods }
    }

    /// Whether the module would ever refuse.
    pub(crate) fn is_needed(&self) -> bool {
        !self.hub.is_empty() || self.methods.iter().any(|(_, requirements)| !requirements.is_empty())
    }
}

impl HubModule for Authorize {
    const STAGES: Stages = Stages::AUTHORIZE_CONNECT.union(Stages::AUTHORIZE_METHOD);

    async fn authorize_connect(&self, authorization: Authorization<'_>, next: AuthorizeConnectNext<'_>) -> bool {
        let held = self
            .hub
            .iter()
            .filter(|requirement| !requirement.calls_only)
            .all(|requirement| holds(requirement, &authorization));
        held && next.run(authorization).await
    }

    async fn authorize_method(&self, authorization: Authorization<'_>, next: AuthorizeMethodNext<'_>) -> bool {
        let of_method = authorization
            .method
            .and_then(|name| self.methods.iter().find(|(method, _)| method == name))
            .map_or(&[][..], |(_, requirements)| requirements);
        let held = self.hub.iter().chain(of_method).all(|requirement| holds(requirement, &authorization));
        held && next.run(authorization).await
    }
}

fn holds(requirement: &Requirement, authorization: &Authorization<'_>) -> bool {
    let Some(user) = authorization.user() else { return false };
    (requirement.users.is_empty() || requirement.users.contains(&user.name()))
        && (requirement.roles.is_empty() || requirement.roles.iter().any(|role| user.has_role(role)))
        && requirement.policies.iter().all(|policy| policy(authorization))
}

/// A module that lets only signed-in users connect and call, on every hub it is added to.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequireAuthentication;

impl HubModule for RequireAuthentication {
    const STAGES: Stages = Stages::AUTHORIZE_CONNECT.union(Stages::AUTHORIZE_METHOD);

    async fn authorize_connect(&self, authorization: Authorization<'_>, next: AuthorizeConnectNext<'_>) -> bool {
        authorization.user().is_some() && next.run(authorization).await
    }

    async fn authorize_method(&self, authorization: Authorization<'_>, next: AuthorizeMethodNext<'_>) -> bool {
        authorization.user().is_some() && next.run(authorization).await
    }
}
