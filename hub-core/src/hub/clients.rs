//! The selectors: whom a client call is for.

use std::{fmt, marker::PhantomData, sync::Arc};

use crate::{
    connection::{ConnectionId, Recipients},
    groups::{GroupName, NameError},
    hub::{
        CallScope, Groups, HubClient, HubType,
        proxy::{Many, One, Target, connection_ids, group_names, user_ids},
    },
    server::{Scope, Server},
};

type Proxy<H, A> = <<H as HubType>::Client as HubClient>::Proxy<A>;

macro_rules! selectors {
    () => {
        /// Everyone who listens to the hub.
        pub fn all(&self) -> Proxy<H, Many> {
            self.to(Ok(Recipients::All), Vec::new())
        }

        /// Everyone but these connections.
        pub fn all_except<I: IntoIterator<Item: AsRef<str>>>(&self, ids: I) -> Proxy<H, Many> {
            self.to(Ok(Recipients::All), connection_ids(ids))
        }

        /// One connection. An id that names nobody is no error: the call goes nowhere.
        pub fn client(&self, id: impl AsRef<str>) -> Proxy<H, One> {
            let id = id.as_ref();
            let to = if id.is_empty() {
                Err(NameError::Empty)
            } else {
                Ok(Recipients::Connections(ConnectionId::parse(id).into_iter().collect()))
            };
            self.to(to, Vec::new())
        }

        /// These connections.
        pub fn clients<I: IntoIterator<Item: AsRef<str>>>(&self, ids: I) -> Proxy<H, Many> {
            self.to(Ok(Recipients::Connections(connection_ids(ids))), Vec::new())
        }

        /// The members of a group. Selecting does not require being one.
        pub fn group(&self, name: impl AsRef<str>) -> Proxy<H, Many> {
            self.to(GroupName::new(name).map(|name| Recipients::Groups(vec![name])), Vec::new())
        }

        /// The members of a group but for these connections.
        pub fn group_except<I: IntoIterator<Item: AsRef<str>>>(&self, name: impl AsRef<str>, ids: I) -> Proxy<H, Many> {
            self.to(GroupName::new(name).map(|name| Recipients::Groups(vec![name])), connection_ids(ids))
        }

        /// The members of several groups; who is in more than one of them hears once.
        pub fn groups<I: IntoIterator<Item: AsRef<str>>>(&self, names: I) -> Proxy<H, Many> {
            self.to(group_names(names).map(Recipients::Groups), Vec::new())
        }

        /// The members of several groups but for these connections.
        pub fn groups_except<I, E>(&self, names: I, ids: E) -> Proxy<H, Many>
        where
            I: IntoIterator<Item: AsRef<str>>,
            E: IntoIterator<Item: AsRef<str>>,
        {
            self.to(group_names(names).map(Recipients::Groups), connection_ids(ids))
        }

        /// Every connection of a user. The empty user is nobody.
        pub fn user(&self, id: impl AsRef<str>) -> Proxy<H, Many> {
            self.users([id])
        }

        /// Every connection of these users.
        pub fn users<I: IntoIterator<Item: AsRef<str>>>(&self, ids: I) -> Proxy<H, Many> {
            self.to(user_ids(ids).map(Recipients::Users), Vec::new())
        }
    };
}

/// Proxies for the clients of a hub, inside a call: whom to call is chosen by a selector, what to call is a method of the proxy.
pub struct Clients<H> {
    scope: Arc<CallScope>,
    hub: PhantomData<fn() -> H>,
}

impl<H: HubType> Clients<H> {
    pub(crate) fn new(scope: Arc<CallScope>) -> Self {
        Self { scope, hub: PhantomData }
    }

    selectors!();

    /// Who called. Changes of its state travel along.
    pub fn caller(&self) -> Proxy<H, One> {
        let to = Ok(Recipients::Connections(vec![self.scope.connection.id]));
        Target::new(self.scope.server.clone(), self.scope.scope.clone(), to, Vec::new())
            .in_call(self.scope.clone())
            .with_state()
            .into()
    }

    /// Everyone but the caller.
    pub fn others(&self) -> Proxy<H, Many> {
        self.all_except([self.scope.connection.id])
    }

    /// The members of a group but for the caller.
    pub fn others_in_group(&self, name: impl AsRef<str>) -> Proxy<H, Many> {
        self.group_except(name, [self.scope.connection.id])
    }

    /// The members of several groups but for the caller.
    pub fn others_in_groups<I: IntoIterator<Item: AsRef<str>>>(&self, names: I) -> Proxy<H, Many> {
        self.groups_except(names, [self.scope.connection.id])
    }

    fn to<A: super::Arity>(&self, to: Result<Recipients, NameError>, except: Vec<ConnectionId>) -> Proxy<H, A> {
        let target = Target::new(self.scope.server.clone(), self.scope.scope.clone(), to, except);
        target.in_call(self.scope.clone()).into()
    }
}

impl<H> Clone for Clients<H> {
    fn clone(&self) -> Self {
        Self { scope: self.scope.clone(), hub: PhantomData }
    }
}

impl<H> fmt::Debug for Clients<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").field("hub", &self.scope.scope.name()).finish_non_exhaustive()
    }
}

/// Proxies for the clients of a hub from outside a call: there is no caller.
pub struct OutsideClients<H> {
    server: Arc<Server>,
    scope: Scope,
    hub: PhantomData<fn() -> H>,
}

impl<H: HubType> OutsideClients<H> {
    selectors!();

    fn to<A: super::Arity>(&self, to: Result<Recipients, NameError>, except: Vec<ConnectionId>) -> Proxy<H, A> {
        Target::new(self.server.clone(), self.scope.clone(), to, except).into()
    }
}

impl<H> Clone for OutsideClients<H> {
    fn clone(&self) -> Self {
        Self { server: self.server.clone(), scope: self.scope.clone(), hub: PhantomData }
    }
}

impl<H> fmt::Debug for OutsideClients<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutsideClients").field("hub", &self.scope.name()).finish_non_exhaustive()
    }
}

/// A hub seen from outside its methods: the same clients and groups, without a caller. Made by
/// [`HubServer::hub`](crate::HubServer::hub).
pub struct HubHandle<H> {
    clients: OutsideClients<H>,
    groups: Groups<H>,
}

impl<H: HubType> HubHandle<H> {
    pub(crate) fn new(server: Arc<Server>, scope: Scope) -> Self {
        let groups = Groups::new(server.clone(), scope.clone());
        Self { clients: OutsideClients { server, scope, hub: PhantomData }, groups }
    }

    /// Proxies for the hub's clients.
    pub fn clients(&self) -> &OutsideClients<H> {
        &self.clients
    }

    /// The hub's groups.
    pub fn groups(&self) -> &Groups<H> {
        &self.groups
    }
}

impl<H> Clone for HubHandle<H> {
    fn clone(&self) -> Self {
        Self { clients: self.clients.clone(), groups: self.groups.clone() }
    }
}

impl<H> fmt::Debug for HubHandle<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubHandle").field("hub", &self.clients.scope.name()).finish_non_exhaustive()
    }
}
