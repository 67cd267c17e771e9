//! Adding connections to groups and removing them.

use std::{
    fmt,
    future::{IntoFuture, Ready, ready},
    marker::PhantomData,
    sync::Arc,
};

use super::UserGroupChange;
use crate::{
    connection::ConnectionId,
    groups::{GroupName, NameError},
    server::{Scope, Server},
};

/// Why a membership was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GroupError {
    /// No connection of this id is here: it never was, or has ended. A late join must not leave a member behind.
    #[error("the connection is gone")]
    ConnectionGone,
    /// The group cannot be called that.
    #[error("not a group name")]
    Name(#[from] NameError),
    /// The connection is in as many groups as it may be.
    #[error("a connection can be in {limit} groups at most")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

/// The groups of a hub.
///
/// A group exists as the set of its members: the first add creates it, the last remove or disconnect ends it. Names
/// are any 1 to 256 bytes of UTF-8, case-sensitive. Add and remove are idempotent, start at once, and are done on this node when the
/// handle's future resolves: then whatever is sent to the group afterwards reaches, or no longer reaches, the connection.
pub struct Groups<H> {
    server: Arc<Server>,
    scope: Scope,
    hub: PhantomData<fn() -> H>,
}

impl<H> Groups<H> {
    pub(crate) fn new(server: Arc<Server>, scope: Scope) -> Self {
        Self { server, scope, hub: PhantomData }
    }

    /// Adds a connection to a group.
    ///
    /// # Errors
    ///
    /// The handle resolves to a [`GroupError`]; one that nobody awaits is logged.
    ///
    /// # Cancel safety
    ///
    /// Dropping the handle undoes nothing.
    pub fn add(&self, connection: impl AsRef<str>, group: impl AsRef<str>) -> GroupChange {
        GroupChange::new(self.change(connection.as_ref(), group.as_ref(), true))
    }

    /// Removes a connection from a group. A groups token issued before no longer gives the group back.
    ///
    /// # Errors
    ///
    /// As for [`Groups::add`].
    pub fn remove(&self, connection: impl AsRef<str>, group: impl AsRef<str>) -> GroupChange {
        GroupChange::new(self.change(connection.as_ref(), group.as_ref(), false))
    }

    /// Adds a user to a group: every connection of the user that listens to this hub here. Pipeline modules have a say in it
    /// ([`HubModule::change_membership`](crate::HubModule::change_membership)); one may keep it in a store, so that later connections are in the group as well. Without
    /// such a module it is forgotten with the connections.
    ///
    /// # Errors
    ///
    /// The handle resolves to what a module fails with, and then nobody was added; to a [`NameError`]; or to
    /// [`GroupError::TooMany`] if a connection had no room, and then the others were added. One that nobody awaits is logged.
    ///
    /// # Cancel safety
    ///
    /// Dropping the handle undoes nothing.
    pub fn add_user(&self, user: impl AsRef<str>, group: impl AsRef<str>) -> UserGroupChange {
        UserGroupChange::begin(&self.server, &self.scope, user.as_ref(), group.as_ref(), true)
    }

    /// Removes a user from a group: every connection of the user that listens to this hub here, as for [`Groups::add_user`].
    ///
    /// # Errors
    ///
    /// As for [`Groups::add_user`].
    pub fn remove_user(&self, user: impl AsRef<str>, group: impl AsRef<str>) -> UserGroupChange {
        UserGroupChange::begin(&self.server, &self.scope, user.as_ref(), group.as_ref(), false)
    }

    fn change(&self, connection: &str, group: &str, join: bool) -> Result<(), GroupError> {
        let group = GroupName::new(group)?;
        let connection = ConnectionId::parse(connection).ok_or(GroupError::ConnectionGone)?;
        if join {
            self.server.node.join(&connection, &self.scope, group)
        } else {
            self.server.node.leave(&connection, &self.scope, group)
        }
    }
}

impl<H> Clone for Groups<H> {
    fn clone(&self) -> Self {
        Self { server: self.server.clone(), scope: self.scope.clone(), hub: PhantomData }
    }
}

impl<H> fmt::Debug for Groups<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Groups").field("hub", &self.scope.name()).finish_non_exhaustive()
    }
}

/// A membership change under way. Awaiting it tells when it is done; dropping it changes nothing.
#[derive(Debug)]
pub struct GroupChange {
    result: Option<Result<(), GroupError>>,
}

impl GroupChange {
    fn new(result: Result<(), GroupError>) -> Self {
        Self { result: Some(result) }
    }
}

impl Drop for GroupChange {
    fn drop(&mut self) {
        if let Some(Err(error)) = &self.result {
            tracing::warn!(%error, "a group change that nobody awaited failed");
        }
    }
}

impl IntoFuture for GroupChange {
    type Output = Result<(), GroupError>;
    type IntoFuture = Ready<Self::Output>;
    fn into_future(mut self) -> Self::IntoFuture {
        ready(self.result.take().unwrap_or(Ok(())))
    }
}
