//! Who calls.

use std::{fmt, sync::Arc};

pub use crate::connection::Items;
use crate::{
    connection::ConnectionId,
    hub::{CallScope, User},
};

/// The connection that called, and its user.
#[derive(Clone)]
pub struct Caller(Arc<CallScope>);

impl Caller {
    pub(crate) fn new(scope: Arc<CallScope>) -> Self {
        Self(scope)
    }

    /// The connection's public id.
    pub fn connection_id(&self) -> ConnectionId {
        self.0.connection.id
    }

    /// The user, if one is signed in.
    pub fn user(&self) -> Option<&User> {
        self.0.request.user()
    }

    /// The user's name, or an empty text.
    pub fn user_name(&self) -> &str {
        self.user().map_or("", User::name)
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("connection", &self.0.connection.id).field("user", &self.user()).finish()
    }
}
