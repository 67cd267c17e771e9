//! What a raw connection's handler can reach.

use std::{fmt, sync::Arc};

use serde::Serialize;

use crate::{
    connection::{Connection, ConnectionId, Recipients},
    groups::{GroupName, NameError},
    hub::{Groups, Items, Request, SendError, User},
    log::ClientMessage,
    protocol::{Encoding, Wire, escape_line_ends},
    server::{Scope, Server},
};

/// The connection that something came from, and the others of its type.
#[derive(Clone)]
pub struct RawContext {
    server: Arc<Server>,
    scope: Scope,
    connection: Arc<Connection>,
    request: Request,
}

impl RawContext {
    pub(crate) fn new(server: Arc<Server>, scope: Scope, connection: Arc<Connection>, request: Request) -> Self {
        Self { server, scope, connection, request }
    }

    /// The connection's public id.
    pub fn connection_id(&self) -> ConnectionId {
        self.connection.id
    }

    /// The user, if one is signed in.
    pub fn user(&self) -> Option<&User> {
        self.request.user()
    }

    /// The request at hand.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Values kept as long as this node knows the connection.
    pub fn items(&self) -> &Items {
        &self.connection.items
    }

    /// This connection.
    pub fn caller(&self) -> RawTarget {
        self.to(Ok(Recipients::Connections(vec![self.connection.id])))
    }

    /// Another connection of this type.
    pub fn connection(&self, id: impl AsRef<str>) -> RawTarget {
        self.to(Ok(Recipients::Connections(ConnectionId::parse(id.as_ref()).into_iter().collect())))
    }

    /// All connections of this type.
    pub fn all(&self) -> RawTarget {
        self.to(Ok(Recipients::All))
    }

    /// The members of a group of this type.
    pub fn group(&self, name: impl AsRef<str>) -> RawTarget {
        self.to(GroupName::new(name).map(|name| Recipients::Groups(vec![name])))
    }

    /// The groups of this type.
    pub fn groups(&self) -> Groups<Self> {
        Groups::new(self.server.clone(), self.scope.clone())
    }

    fn to(&self, to: Result<Recipients, NameError>) -> RawTarget {
        RawTarget { server: self.server.clone(), scope: self.scope.clone(), to, except: Vec::new() }
    }
}

impl fmt::Debug for RawContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawContext")
            .field("type", &self.scope.name())
            .field("connection", &self.connection.id)
            .finish_non_exhaustive()
    }
}

/// Whom a raw value is for.
#[derive(Clone)]
pub struct RawTarget {
    server: Arc<Server>,
    scope: Scope,
    to: Result<Recipients, NameError>,
    except: Vec<ConnectionId>,
}

impl RawTarget {
    /// The same but for these connections.
    #[must_use]
    pub fn except<I: IntoIterator<Item: AsRef<str>>>(mut self, ids: I) -> Self {
        self.except.extend(ids.into_iter().filter_map(|id| ConnectionId::parse(id.as_ref())));
        self
    }

    /// Sends a value, as JSON. It is under way when this returns.
    ///
    /// # Errors
    ///
    /// [`SendError`] if the value cannot be serialised or the group cannot be called that; nothing is sent then.
    pub fn send<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), SendError> {
        let to = self.to.as_ref().map_err(|error| SendError::Target(*error))?;
        let json = Encoding::Json.encode(value).map_err(SendError::Encode)?;
        let message = ClientMessage::default().with(Wire::Classic, escape_line_ends(json.into()).into());
        self.server.node.send(self.scope.id(), to, self.except.clone(), message);
        Ok(())
    }
}

impl fmt::Debug for RawTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawTarget").field("type", &self.scope.name()).field("to", &self.to).finish_non_exhaustive()
    }
}
