//! Targets and calls: what typed client proxies stand on.

use std::{fmt, future::IntoFuture, marker::PhantomData, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    connection::{Connection, ConnectionId, Recipients},
    groups::{GroupName, NameError, UserId},
    hub::{CallScope, HubClient, SendError, Sent},
    log::ClientMessage,
    pipeline::OutgoingCall,
    protocol::classic,
    server::{Scope, Server, SlowClientPolicy},
};

/// How many connections a target can be: [`One`] may be asked for an answer, [`Many`] only told.
pub trait Arity: sealed::Arity + Send + Sync + 'static {}

/// A single connection.
#[derive(Debug, Clone, Copy)]
pub struct One;

/// Any number of connections.
#[derive(Debug, Clone, Copy)]
pub struct Many;

impl Arity for One {}
impl Arity for Many {}

mod sealed {
    pub trait Arity {}
    impl Arity for super::One {}
    impl Arity for super::Many {}
}

/// Whom a client call is for. Typed proxies are made from it.
pub struct Target<A> {
    server: Arc<Server>,
    scope: Scope,
    to: Result<Recipients, NameError>,
    except: Vec<ConnectionId>,
    /// The call whose changed state travels along: only for its own caller.
    caller: Option<Arc<CallScope>>,
    arity: PhantomData<A>,
}

impl<A: Arity> Target<A> {
    pub(crate) fn new(
        server: Arc<Server>,
        scope: Scope,
        to: Result<Recipients, NameError>,
        except: Vec<ConnectionId>,
    ) -> Self {
        Self { server, scope, to, except, caller: None, arity: PhantomData }
    }

    pub(crate) fn with_state_of(mut self, caller: Arc<CallScope>) -> Self {
        self.caller = Some(caller);
        self
    }

    /// Begins a call of the client method `method`, spelled as the client has it.
    pub fn call<'a>(&'a self, method: &'a str) -> ClientCallBuilder<'a, A> {
        ClientCallBuilder { target: self, method, arguments: vec![b'['], failed: None }
    }
}

impl<A> Clone for Target<A> {
    fn clone(&self) -> Self {
        Self {
            server: self.server.clone(),
            scope: self.scope.clone(),
            to: self.to.clone(),
            except: self.except.clone(),
            caller: self.caller.clone(),
            arity: PhantomData,
        }
    }
}

impl<A> fmt::Debug for Target<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("hub", &self.scope.name())
            .field("to", &self.to)
            .field("except", &self.except)
            .finish()
    }
}

/// A client call with its arguments so far.
#[must_use = "a call is made by `send`"]
pub struct ClientCallBuilder<'a, A = Many> {
    target: &'a Target<A>,
    method: &'a str,
    arguments: Vec<u8>,
    failed: Option<serde_json::Error>,
}

impl<A: Arity> ClientCallBuilder<'_, A> {
    /// Adds the next argument.
    pub fn argument<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        if self.failed.is_none() {
            if self.arguments.len() > 1 {
                self.arguments.push(b',');
            }
            if let Err(error) = serde_json::to_writer(&mut self.arguments, value) {
                self.failed = Some(error);
            }
        }
        self
    }

    /// Makes the call, one-way. It is under way when this returns.
    pub fn send(mut self) -> Sent {
        let target = self.target;
        if let Some(error) = self.failed.take() {
            return Sent::new(Err(SendError::Encode(error)), None);
        }
        let to = match &target.to {
            Ok(to) => to,
            Err(error) => return Sent::new(Err(SendError::Target(*error)), None),
        };
        self.arguments.push(b']');
        let state = target.caller.as_ref().and_then(|caller| caller.state.lock().changes());
        let result = target.server.outgoing(&target.scope).run(
            OutgoingCall { hub: target.scope.name(), method: self.method, arguments: &self.arguments },
            &|call| {
                let message = classic::client_invocation(call.hub, call.method, call.arguments, state.as_deref());
                target.server.node.send(
                    target.scope.id(),
                    to,
                    target.except.clone(),
                    ClientMessage { classic: message.into() },
                );
                Ok(())
            },
        );
        metrics::counter!("hub_sends_total").increment(1);
        let wait_for = match to {
            Recipients::Connections(ids) => match &**ids {
                [only] => self.waits_for(only),
                _ => None,
            },
            _ => None,
        };
        Sent::new(result, wait_for)
    }

    fn waits_for(&self, id: &ConnectionId) -> Option<(Arc<Connection>, SlowClientPolicy)> {
        // The policy is that of the mount on which the connection is.
        let found = self.target.server.node.find(id)?;
        let policy = found.policy();
        (policy == SlowClientPolicy::Wait).then_some((found, policy))
    }
}

impl ClientCallBuilder<'_, One> {
    /// Makes the call and asks for an answer.
    pub fn ask<T: DeserializeOwned>(self) -> Answer<T> {
        // The classic wire has no answers, and it is the only one this node speaks.
        Answer { error: self.failed.map_or(AnswerError::NoResults, AnswerError::Encode), value: PhantomData }
    }
}

impl<A> fmt::Debug for ClientCallBuilder<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCallBuilder").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Why a client gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The connection's generation has no results: a classic client cannot be asked.
    #[error("the connection's generation has no results")]
    NoResults,
    /// An argument cannot be serialised.
    #[error("an argument of the client call cannot be serialised")]
    Encode(#[source] serde_json::Error),
}

/// A client's answer, awaited.
#[derive(Debug)]
#[must_use = "an answer is there for the one who awaits it"]
pub struct Answer<T> {
    error: AnswerError,
    value: PhantomData<fn() -> T>,
}

impl<T> IntoFuture for Answer<T> {
    type Output = Result<T, AnswerError>;
    type IntoFuture = std::future::Ready<Self::Output>;
    fn into_future(self) -> Self::IntoFuture {
        std::future::ready(Err(self.error))
    }
}

/// The proxy of a hub that declares no client contract: client methods by name.
#[derive(Debug, Clone)]
pub struct UntypedClient<A = Many> {
    target: Target<A>,
}

impl<A: Arity> UntypedClient<A> {
    /// Begins a call of the client method `method`.
    pub fn call<'a>(&'a self, method: &'a str) -> ClientCallBuilder<'a, A> {
        self.target.call(method)
    }
}

impl<A> From<Target<A>> for UntypedClient<A> {
    fn from(target: Target<A>) -> Self {
        Self { target }
    }
}

impl HubClient for UntypedClient<Many> {
    type Proxy<A: Arity> = UntypedClient<A>;
}

/// Reads the ids of a list; what is no id names nobody.
pub(crate) fn connection_ids<I>(ids: I) -> Vec<ConnectionId>
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    ids.into_iter().filter_map(|id| ConnectionId::parse(id.as_ref())).collect()
}

/// Reads the names of a list of groups.
pub(crate) fn group_names<I>(names: I) -> Result<Vec<GroupName>, NameError>
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    names.into_iter().map(GroupName::new).collect()
}

/// Reads the ids of a list of users; the empty user is nobody.
pub(crate) fn user_ids<I>(ids: I) -> Result<Vec<UserId>, NameError>
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    ids.into_iter().filter(|id| !id.as_ref().is_empty()).map(UserId::new).collect()
}
