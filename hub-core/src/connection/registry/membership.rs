//! Joins and leaves: entries of the log, so that they have their place among the sends.

use std::sync::Arc;

use super::{Node, State, remove_member};
use crate::{
    connection::{Connection, ConnectionId, DisconnectReason, Phase, state::Inner},
    counters,
    groups::{GroupName, UserId},
    hub::GroupError,
    log::{Body, Topic},
    server::{Scope, ScopeId},
};

impl Node {
    /// Makes a connection a member. Once more is no change.
    pub(crate) fn join(&self, id: &ConnectionId, hub: &Scope, group: GroupName) -> Result<(), GroupError> {
        let mut state = self.state.lock();
        let connection = state.connections.get(id).cloned().ok_or(GroupError::ConnectionGone)?;
        self.join_locked(&mut state, connection, hub, group)
    }

    /// Makes a connection a member of all these groups, in one step. Those beyond its limit are left out.
    pub(crate) fn join_all(&self, connection: &Arc<Connection>, hub: &Scope, groups: Vec<GroupName>) {
        let mut state = self.state.lock();
        for group in groups {
            if let Err(error) = self.join_locked(&mut state, connection.clone(), hub, group) {
                return tracing::warn!(connection = %connection.id, %error, "not every group is rejoined");
            }
        }
    }

    fn join_locked(
        &self,
        state: &mut State,
        connection: Arc<Connection>,
        hub: &Scope,
        group: GroupName,
    ) -> Result<(), GroupError> {
        let (scope, id) = (hub.id(), &connection.id.clone());
        let mut inner = connection.inner.lock();
        if inner.phase == Phase::Ended {
            return Err(GroupError::ConnectionGone);
        }
        self.settle_unseen(state, &connection, &mut inner, |_| true);
        let key = (scope, group.clone());
        if inner.groups.contains_key(&key) {
            return Ok(());
        }
        if inner.groups.len() >= self.groups_per_connection {
            return Err(GroupError::TooMany { limit: self.groups_per_connection });
        }
        let entry =
            state.log.append(self.now_ms(), Body::Join { scope, group: group.clone() }, [Topic::Connection(*id)]);
        inner.groups.insert(key.clone(), entry.seq);
        inner.version = next_version(inner.version);
        if self.push(&connection, &mut inner, &entry) {
            state.doomed.push((connection.clone(), DisconnectReason::SlowClient));
            self.alarm.notify_one();
        }
        self.removals.added(id.as_str(), hub.name(), group.as_str(), inner.version);
        drop(inner);
        connection.membership_changed.notify_one();
        state.groups.entry(key).or_default().insert(connection.key, connection);
        counters::GROUP_JOINS.add(1);
        Ok(())
    }

    /// Ends a membership. A stranger's is no change.
    pub(crate) fn leave(&self, id: &ConnectionId, hub: &Scope, group: GroupName) -> Result<(), GroupError> {
        let scope = hub.id();
        let mut state = self.state.lock();
        let connection = state.connections.get(id).cloned().ok_or(GroupError::ConnectionGone)?;
        let mut inner = connection.inner.lock();
        if inner.phase == Phase::Ended {
            return Err(GroupError::ConnectionGone);
        }
        self.settle_unseen(&mut state, &connection, &mut inner, |_| true);
        let key = (scope, group.clone());
        let Some(joined) = inner.groups.remove(&key) else { return Ok(()) };
        inner.version = next_version(inner.version);
        self.removals.removed(id.as_str(), hub.name(), group.as_str(), inner.version);
        let entry = state.log.append(self.now_ms(), Body::Leave { scope, group, joined }, [Topic::Connection(*id)]);
        if self.push(&connection, &mut inner, &entry) {
            state.doomed.push((connection.clone(), DisconnectReason::SlowClient));
            self.alarm.notify_one();
        }
        drop(inner);
        connection.membership_changed.notify_one();
        remove_member(&mut state.groups, &key, connection.key);
        counters::GROUP_LEAVES.add(1);
        Ok(())
    }

    /// The connections of a user that listen to a hub.
    pub(crate) fn of_user(&self, scope: ScopeId, user: &UserId) -> Vec<Arc<Connection>> {
        let state = self.state.lock();
        state.users.get(&(scope, user.clone())).into_iter().flatten().map(|(_, member)| member.clone()).collect()
    }

    /// Who is in a group: for the test kit alone, as no wire asks for it.
    #[cfg(feature = "testing")]
    pub(crate) fn members(&self, scope: crate::server::ScopeId, group: &str) -> Vec<ConnectionId> {
        let Ok(group) = GroupName::new(group) else { return Vec::new() };
        let state = self.state.lock();
        state.groups.get(&(scope, group)).into_iter().flatten().map(|(_, member)| member.id).collect()
    }

    /// An add or remove while the stream sees no groups, for want of a good token, makes what it sees the membership (section 13.2,
    /// rule 2, of the classic specification): what it does not see on these hubs is left, and no token brings it back.
    pub(super) fn settle_unseen(
        &self,
        state: &mut State,
        connection: &Arc<Connection>,
        inner: &mut Inner,
        on: impl Fn(ScopeId) -> bool,
    ) {
        if std::mem::replace(&mut inner.sees_groups, true) {
            return;
        }
        inner.needs_token = inner.stream != 0;
        inner.wake();
        let left: Vec<_> = inner.groups.extract_if(|(scope, _), _| on(*scope)).map(|(key, _)| key).collect();
        if left.is_empty() {
            return;
        }
        inner.version = next_version(inner.version);
        for key in left {
            if let Some(name) = state.scopes.get(key.0.index()).map(|scope| scope.name.clone()) {
                self.removals.removed(connection.id.as_str(), &name, key.1.as_str(), inner.version);
            }
            remove_member(&mut state.groups, &key, connection.key);
        }
    }
}

/// Sequences grow also over restarts and moves to other nodes, where counting would begin anew.
fn next_version(version: u64) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    u64::try_from(now).unwrap_or(0).max(version.saturating_add(1))
}
