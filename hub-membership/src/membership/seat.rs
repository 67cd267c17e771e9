//! One connection and the groups that it is to be in.

use hub_core::{ConnectionId, GroupError, GroupName, Request, UserId, pipeline::ConnectionGroups};

use super::{loader::Loaded, options};

/// A connection of a user, in a hub.
#[derive(Debug, Clone)]
pub(super) struct Seated {
    pub groups: ConnectionGroups,
    pub request: Request,
    pub user: UserId,
}

impl Seated {
    /// Names it among those that wait.
    pub(super) fn key(&self) -> (String, ConnectionId) {
        (self.groups.hub().to_owned(), self.groups.connection())
    }

    /// What it joins for a group of the store.
    pub(super) fn group(&self, seat: Option<&options::Seat>, group: &GroupName) -> Option<GroupName> {
        match seat {
            Some(seat) => seat(&self.request, group),
            None => Some(group.clone()),
        }
    }

    /// What it joins for all that was found.
    pub(super) fn all(&self, seat: Option<&options::Seat>, loaded: &Loaded) -> Vec<GroupName> {
        loaded.groups.iter().filter_map(|group| self.group(seat, group)).collect()
    }

    /// Joins what was found.
    pub(super) fn join(&self, groups: &[GroupName]) {
        for group in groups {
            match self.groups.join(group) {
                Ok(()) => {}
                Err(GroupError::ConnectionGone) => return,
                Err(error) => {
                    tracing::warn!(connection = %self.groups.connection(), %error, "not every group of a user is joined");
                    return;
                }
            }
        }
    }

    /// Joins or leaves one.
    pub(super) fn change(&self, group: &GroupName, adds: bool) {
        if adds {
            self.join(std::slice::from_ref(group));
        } else {
            // One that is gone is in no group.
            let _ = self.groups.leave(group);
        }
    }
}
