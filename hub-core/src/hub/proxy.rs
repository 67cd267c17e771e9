//! Targets and calls: what typed client proxies stand on.

use std::{fmt, marker::PhantomData, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::oneshot;

use crate::{
    connection::{Connection, ConnectionId, Recipients},
    counters,
    groups::{GroupName, NameError, UserId},
    hub::{Answer, AnswerError, CallScope, HubClient, Reply, SendError, Sent},
    log::ClientMessage,
    pipeline::OutgoingCall,
    protocol::{EncodeError, EncodedArguments, Encoding, Outgoing, Wire, classic},
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
    /// The call that this is made in, if it is made in one.
    caller: Option<Arc<CallScope>>,
    /// Whether the changed state of that call travels along: only to its own caller.
    with_state: bool,
    arity: PhantomData<A>,
}

impl<A: Arity> Target<A> {
    pub(crate) fn new(
        server: Arc<Server>,
        scope: Scope,
        to: Result<Recipients, NameError>,
        except: Vec<ConnectionId>,
    ) -> Self {
        Self { server, scope, to, except, caller: None, with_state: false, arity: PhantomData }
    }

    pub(crate) fn in_call(mut self, caller: Arc<CallScope>) -> Self {
        self.caller = Some(caller);
        self
    }

    pub(crate) fn with_state(mut self) -> Self {
        self.with_state = true;
        self
    }

    /// Begins a call of the client method `method`, spelled as the client has it.
    pub fn call<'a>(&'a self, method: &'a str) -> ClientCallBuilder<'a, A> {
        let message_pack = self.server.node.is_spoken(Wire::MessagePack);
        ClientCallBuilder {
            target: self,
            method,
            json: EncodedArguments::new(Encoding::Json),
            message_pack: message_pack.then(|| EncodedArguments::new(Encoding::MessagePack)),
            failed: None,
        }
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
            with_state: self.with_state,
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

/// What a call comes to behind the outgoing stages: its name, and its arguments in each encoding that is read.
type EndOfStages<'a> = dyn Fn(&str, &EncodedArguments, Option<&EncodedArguments>) -> Result<(), SendError> + 'a;

/// A client call with its arguments so far, in every encoding that somebody here reads.
#[must_use = "a call is made by `send`"]
pub struct ClientCallBuilder<'a, A = Many> {
    target: &'a Target<A>,
    method: &'a str,
    json: EncodedArguments,
    message_pack: Option<EncodedArguments>,
    failed: Option<EncodeError>,
}

impl<A: Arity> ClientCallBuilder<'_, A> {
    /// Adds the next argument.
    pub fn argument<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        if self.failed.is_none() {
            let mut encode = || {
                self.json.push(value)?;
                if let Some(arguments) = &mut self.message_pack {
                    arguments.push(value)?;
                }
                Ok(())
            };
            self.failed = encode().err();
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
        let node = &target.server.node;
        let state =
            target.caller.as_ref().filter(|_| target.with_state).and_then(|caller| caller.state.lock().changes());
        let result = self.pass_outgoing(&|method, json, message_pack| {
            let mut message = ClientMessage::default();
            if node.is_spoken(Wire::Classic) {
                let arguments = in_brackets(json);
                let text = classic::client_invocation(target.scope.name(), method, &arguments, state.as_deref());
                message = message.with(Wire::Classic, text.into());
            }
            for arguments in [node.is_spoken(Wire::Json).then_some(json), message_pack].into_iter().flatten() {
                let call = Outgoing::Invocation { id: None, target: method, arguments, stream_ids: &[] };
                message = message.with(arguments.encoding().into(), call.encode(arguments.encoding()));
            }
            node.send(target.scope.id(), to, target.except.clone(), message);
            Ok(())
        });
        counters::SENDS.add(1);
        let wait_for = match to {
            Recipients::Connections(ids) => match &**ids {
                [only] => self.waits_for(only),
                _ => None,
            },
            _ => None,
        };
        Sent::new(result, wait_for)
    }

    /// Takes the call through the outgoing stages. What comes out may have another name and other arguments; those are JSON, and put into
    /// MessagePack where that is read.
    fn pass_outgoing(&self, end: &EndOfStages<'_>) -> Result<(), SendError> {
        let target = self.target;
        let stages = target.server.outgoing(&target.scope);
        if stages.is_empty() {
            return end(self.method, &self.json, self.message_pack.as_ref());
        }
        let arguments = in_brackets(&self.json);
        let call = OutgoingCall { hub: target.scope.name(), method: self.method, arguments: &arguments };
        stages.run(call, &|call| {
            if call.arguments == arguments {
                return end(call.method, &self.json, self.message_pack.as_ref());
            }
            let values = call.arguments.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]"));
            let values = values.ok_or_else(|| SendError::Refused("changed arguments are a JSON array".to_owned()))?;
            let into = |encoding| EncodedArguments::transcode(values, encoding).map_err(SendError::Encode);
            let message_pack = self.message_pack.as_ref().map(|_| into(Encoding::MessagePack)).transpose()?;
            end(call.method, &into(Encoding::Json)?, message_pack.as_ref())
        })
    }

    fn waits_for(&self, id: &ConnectionId) -> Option<(Arc<Server>, Arc<Connection>)> {
        let found = self.target.server.node.find(id)?;
        // The policy is that of the mount on which the connection is.
        let waits = found.wire != Wire::Classic || found.policy() == SlowClientPolicy::Wait;
        waits.then(|| (self.target.server.clone(), found))
    }
}

impl ClientCallBuilder<'_, One> {
    /// Makes the call and asks for an answer. The question is under way when this returns.
    pub fn ask<T: DeserializeOwned>(mut self) -> Answer<T> {
        match self.failed.take().map_or_else(|| self.put(), |error| Err(AnswerError::Encode(error))) {
            Ok((connection, id, reply)) => {
                let server = self.target.server.clone();
                Answer::waiting(server, id, connection, reply, self.target.caller.clone())
            }
            Err(error) => Answer::failed(error),
        }
    }

    fn put(&self) -> Result<(ConnectionId, String, oneshot::Receiver<Reply>), AnswerError> {
        let target = self.target;
        if target.caller.as_ref().is_some_and(|caller| !caller.may_ask) {
            return Err(AnswerError::NotHere);
        }
        let asked = match &target.to {
            Ok(Recipients::Connections(ids)) => ids.first().copied(),
            _ => None,
        };
        let Some(asked) = asked else { return Err(AnswerError::NoConnection(String::new())) };
        let server = &target.server;
        let Some(connection) = server.node.find(&asked) else {
            return Err(AnswerError::NoConnection(asked.to_string()));
        };
        if connection.is_ending() {
            return Err(AnswerError::Disconnected(asked));
        }
        let encoding = match connection.wire {
            Wire::Classic => return Err(AnswerError::NoResults),
            Wire::Json => Encoding::Json,
            Wire::MessagePack => Encoding::MessagePack,
        };
        let (id, reply) = server.questions.put(asked);
        let put = self.pass_outgoing(&|method, json, message_pack| {
            let late;
            let arguments = match (encoding, message_pack) {
                (Encoding::Json, _) => json,
                (Encoding::MessagePack, Some(arguments)) => arguments,
                (Encoding::MessagePack, None) => {
                    late = EncodedArguments::transcode(json.as_bytes(), encoding).map_err(SendError::Encode)?;
                    &late
                }
            };
            let call = Outgoing::Invocation { id: Some(&id), target: method, arguments, stream_ids: &[] };
            server.node.ask_direct(&connection, call.encode(encoding));
            Ok(())
        });
        if let Err(error) = put {
            server.questions.answer(&id, Reply::Nothing);
            return Err(AnswerError::Refused(error));
        }
        if connection.is_ending() {
            // It ended while it was asked; whoever ended it may have looked before.
            server.questions.answer(&id, Reply::Disconnected);
        }
        counters::QUESTIONS.add(1);
        Ok((asked, id, reply))
    }
}

/// As a JSON array.
fn in_brackets(arguments: &EncodedArguments) -> Vec<u8> {
    let bytes = arguments.as_bytes();
    let mut array = Vec::with_capacity(bytes.len().saturating_add(2));
    array.push(b'[');
    array.extend_from_slice(bytes);
    array.push(b']');
    array
}

impl<A> fmt::Debug for ClientCallBuilder<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCallBuilder").field("method", &self.method).finish_non_exhaustive()
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
