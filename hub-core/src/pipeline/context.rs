//! What each stage is told.

use std::{fmt, sync::Arc};

use crate::{
    connection::ConnectionId,
    groups::{GroupName, UserId},
    hub::{ConnectionGroups, Request, User},
    protocol::Encoding,
};

/// A call of a hub method on its way in.
#[derive(Debug)]
pub struct IncomingCall<'a> {
    /// The hub's registered name.
    pub hub: &'a str,
    /// The method's declared name.
    pub method: &'a str,
    /// Names of its parameters.
    pub parameters: &'a [String],
    /// Who calls.
    pub connection: ConnectionId,
    /// The request at hand.
    pub request: &'a Request,
    /// What the caller reads.
    pub(crate) encoding: Encoding,
}

impl IncomingCall<'_> {
    /// The caller's user.
    pub fn user(&self) -> Option<&User> {
        self.request.user()
    }

    /// Encodes a result, for a module that answers in the method's place.
    ///
    /// # Errors
    ///
    /// If the value cannot be serialised.
    pub fn result(&self, value: &impl serde::Serialize) -> crate::dispatch::Completion {
        Ok(self.encoding.encode(value)?)
    }
}

/// A call of a client method on its way out.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingCall<'a> {
    /// The hub's registered name.
    pub hub: &'a str,
    /// The client method, as the client has it.
    pub method: &'a str,
    /// The arguments, as a JSON array.
    pub arguments: &'a [u8],
}

/// A connected, reconnected or disconnected event.
#[derive(Debug)]
pub struct ConnectionEvent<'a> {
    /// The hub's registered name.
    pub hub: &'a str,
    /// The connection.
    pub connection: ConnectionId,
    /// The request at hand.
    pub request: &'a Request,
    /// Why the connection ended, in a disconnected event.
    pub reason: Option<crate::connection::DisconnectReason>,
    /// What ended it, if that was a failure. It may repeat what a client sent.
    pub error: Option<&'a str>,
    pub(crate) groups: ConnectionGroups,
}

impl ConnectionEvent<'_> {
    /// The connection's groups in this hub, also for later.
    pub fn groups(&self) -> &ConnectionGroups {
        &self.groups
    }

    /// Whose connection it is.
    pub fn user(&self) -> Option<&User> {
        self.request.user()
    }
}

/// A question whether somebody may connect to a hub or call one of its methods.
#[derive(Debug)]
pub struct Authorization<'a> {
    /// The hub's registered name.
    pub hub: &'a str,
    /// The method's declared name; none when it is about connecting, or about a method that does not exist.
    pub method: Option<&'a str>,
    /// The request at hand.
    pub request: &'a Request,
}

impl Authorization<'_> {
    /// Who asks.
    pub fn user(&self) -> Option<&User> {
        self.request.user()
    }
}

/// A reconnect whose groups are to be decided.
#[derive(Debug)]
pub struct Rejoining<'a> {
    /// The hub's registered name.
    pub hub: &'a str,
    /// The connection that comes back.
    pub connection: ConnectionId,
    /// The reconnecting request.
    pub request: &'a Request,
    /// The hub's groups that it would rejoin: of the verified token, or of the connection that this node still knows.
    pub groups: Vec<GroupName>,
    pub(crate) handle: ConnectionGroups,
}

impl Rejoining<'_> {
    /// Who comes back.
    pub fn user(&self) -> Option<&User> {
        self.request.user()
    }

    /// The connection's groups in this hub, for later: until the stage has answered, the connection need not be here.
    pub fn connection_groups(&self) -> &ConnectionGroups {
        &self.handle
    }
}

type Seat = dyn Fn(&Request, &GroupName) -> Option<GroupName> + Send + Sync;

/// A user that is to be added to a group, or removed from it.
pub struct MembershipChange<'a> {
    /// The hub's registered name.
    pub hub: &'a str,
    /// Whose membership it is.
    pub user: &'a UserId,
    /// The group.
    pub group: &'a GroupName,
    /// Whether the user is added; removed otherwise.
    pub adds: bool,
    pub(crate) seat: Option<Arc<Seat>>,
}

impl MembershipChange<'_> {
    /// Has each connection of the user join, or leave, what `seat` makes of the group for the connection's request; none is no group.
    #[must_use]
    pub fn seated_by(
        mut self,
        seat: impl Fn(&Request, &GroupName) -> Option<GroupName> + Send + Sync + 'static,
    ) -> Self {
        self.seat = Some(Arc::new(seat));
        self
    }

    /// What a connection with this request joins or leaves.
    pub(crate) fn group_for(&self, request: &Request) -> Option<GroupName> {
        match &self.seat {
            Some(seat) => seat(request, self.group),
            None => Some(self.group.clone()),
        }
    }
}

impl fmt::Debug for MembershipChange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MembershipChange")
            .field("hub", &self.hub)
            .field("user", &self.user)
            .field("group", &self.group)
            .field("adds", &self.adds)
            .finish_non_exhaustive()
    }
}
