//! The groups of one connection, for code that is not inside a call.

use std::{
    fmt,
    sync::{Arc, Weak},
};

use super::GroupError;
use crate::{
    connection::ConnectionId,
    groups::GroupName,
    server::{Scope, Server},
};

/// A handle to the groups of one connection in one hub, which pipeline modules are given. It may be kept: it keeps neither the
/// connection nor the server, and one whose connection has ended changes nothing.
#[derive(Clone)]
pub struct ConnectionGroups {
    server: Weak<Server>,
    scope: Scope,
    connection: ConnectionId,
}

impl ConnectionGroups {
    pub(crate) fn new(server: &Arc<Server>, scope: &Scope, connection: ConnectionId) -> Self {
        Self { server: Arc::downgrade(server), scope: scope.clone(), connection }
    }

    /// Whose groups they are.
    pub fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// The hub's registered name.
    pub fn hub(&self) -> &str {
        self.scope.name()
    }

    /// Whether the connection is not here: not yet, or no longer.
    pub fn is_gone(&self) -> bool {
        let found = self.server.upgrade().and_then(|server| server.node.find(&self.connection));
        found.is_none_or(|connection| connection.is_over())
    }

    /// The groups that the connection is in, in no order; none if it is gone.
    pub fn list(&self) -> Vec<GroupName> {
        let found = self.server.upgrade().and_then(|server| server.node.find(&self.connection));
        found.map(|connection| connection.membership(self.scope.id()).0).unwrap_or_default()
    }

    /// Makes the connection a member. Once more is no change.
    ///
    /// # Errors
    ///
    /// [`GroupError`] if it is gone, or in as many groups as it may be.
    pub fn join(&self, group: &GroupName) -> Result<(), GroupError> {
        let server = self.server.upgrade().ok_or(GroupError::ConnectionGone)?;
        server.node.join(&self.connection, &self.scope, group.clone())
    }

    /// Ends a membership. A stranger's is no change.
    ///
    /// # Errors
    ///
    /// [`GroupError::ConnectionGone`] if it is gone.
    pub fn leave(&self, group: &GroupName) -> Result<(), GroupError> {
        let server = self.server.upgrade().ok_or(GroupError::ConnectionGone)?;
        server.node.leave(&self.connection, &self.scope, group.clone())
    }
}

impl fmt::Debug for ConnectionGroups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionGroups")
            .field("hub", &self.scope.name())
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}
