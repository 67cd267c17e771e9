//! A client of a test.

use std::{fmt, future::Future, panic::Location, sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    CallReceived, ClientHub, Invocation,
    expect::{QUIET, fail},
    shared::Shared,
};
use crate::{ConnectionId, HubType};

/// A client without a network. It keeps what a real one keeps: id, connection token, cursor, groups token, caller state. Unlike a real one
/// it does nothing by itself: it comes back when [`reconnect`](Self::reconnect) says so.
///
/// Dropping it is a lost transport, not a goodbye: that is [`stop`](Self::stop).
pub struct TestClient {
    shared: Arc<Shared>,
}

impl TestClient {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The public id of its connection.
    pub fn id(&self) -> ConnectionId {
        self.shared.memory.lock().id
    }

    /// Its other hubs: `client.on::<ClockHub>().invoke(..)`.
    pub fn on<H: HubType>(&self) -> ClientHub<'_> {
        self.on_named(&H::config().name)
    }

    /// A hub by its name on the wire; also one that it does not listen to.
    pub fn on_named(&self, name: &str) -> ClientHub<'_> {
        ClientHub::new(self, name.to_owned())
    }

    /// Calls a method of the first hub. `arguments` are a tuple: `("lobby",)`, `(1, 2)`, `()`. The call is under way when
    /// this returns; await it for the [`Reply`](super::Reply).
    ///
    /// # Panics
    ///
    /// If the client listens to no hub, or the arguments are no tuple.
    #[track_caller]
    pub fn invoke(&self, method: &str, arguments: impl Serialize) -> Invocation {
        self.first_hub().invoke(method, arguments)
    }

    /// Sends a text as it is: a message of a raw connection, or an invocation that no client would write. A raw connection over
    /// WebSockets gives no answer; what is no invocation has its answer under no id.
    pub fn send_text(&self, text: &str) -> Invocation {
        let id = serde_json::from_str::<Named<'_>>(text).ok().and_then(|message| match message.id.get() {
            id if id.starts_with('"') => serde_json::from_str::<String>(id).ok(),
            id if id.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => Some(id.to_owned()),
            _ => None,
        });
        self.shared.say("", id.unwrap_or_default(), text.to_owned())
    }

    /// Caller state of the first hub, if the key is there.
    ///
    /// # Panics
    ///
    /// If the client listens to no hub, or the value is not a `T`.
    #[track_caller]
    pub fn state<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.first_hub().state(key)
    }

    /// Sets caller state of the first hub, as a page does; it travels with the next calls.
    ///
    /// # Panics
    ///
    /// If the client listens to no hub, or the value cannot be JSON.
    #[track_caller]
    pub fn set_state(&self, key: &str, value: impl Serialize) {
        self.first_hub().set_state(key, value);
    }

    /// Waits for the next call of a client method.
    ///
    /// # Panics
    ///
    /// If none comes.
    #[track_caller]
    pub fn next_call(&self) -> impl Future<Output = CallReceived> + '_ {
        let place = Location::caller();
        async move {
            let found = self.shared.inbox.until(self.patience(), |arrived| arrived.calls.pop_front()).await;
            found.unwrap_or_else(|| self.missing(place, "no call"))
        }
    }

    /// Waits for the next call of a client method, which must be this one: `expect_call("addChatMessage", ("ann", "hi"))`.
    ///
    /// # Panics
    ///
    /// If none comes, or another one.
    #[track_caller]
    pub fn expect_call(&self, method: &str, arguments: impl Serialize) -> impl Future<Output = CallReceived> + '_ {
        let place = Location::caller();
        let expected = (method.to_owned(), super::client_hub::list(place, &arguments));
        async move {
            let (method, arguments) = expected;
            let wanted = || format!("{method}({})", super::client_hub::shown(&arguments));
            let found = self.shared.inbox.until(self.patience(), |arrived| arrived.calls.pop_front()).await;
            let Some(call) = found else { self.missing(place, &wanted()) };
            if call.method != method || Value::Array(call.arguments.clone()) != arguments {
                fail(place, &format!("{} expected {}, and was called {call}", self.who(), wanted()));
            }
            call
        }
    }

    /// Makes sure that no call came, nor comes in a moment: under paused time, that none is under way.
    ///
    /// # Panics
    ///
    /// If one does.
    #[track_caller]
    pub fn no_calls(&self) -> impl Future<Output = ()> + '_ {
        self.no_calls_for(QUIET)
    }

    /// As [`no_calls`](Self::no_calls), for so long.
    ///
    /// # Panics
    ///
    /// If one comes.
    #[track_caller]
    pub fn no_calls_for(&self, time: Duration) -> impl Future<Output = ()> + '_ {
        let place = Location::caller();
        async move {
            if let Some(call) = self.shared.inbox.until(time, |arrived| arrived.calls.pop_front()).await {
                fail(place, &format!("{} expected no call, and was called {call}", self.who()));
            }
        }
    }

    /// Takes the calls that came and those that come in a moment: under paused time, all that are under way.
    pub async fn all_calls(&self) -> Vec<CallReceived> {
        let mut calls = Vec::new();
        while let Some(call) = self.shared.inbox.until(QUIET, |arrived| arrived.calls.pop_front()).await {
            calls.push(call);
        }
        calls
    }

    /// Waits for the next message of a raw connection.
    ///
    /// # Panics
    ///
    /// If none comes, or it is not a `T`.
    #[track_caller]
    pub fn next_value<T: DeserializeOwned>(&self) -> impl Future<Output = T> + '_ {
        let place = Location::caller();
        async move {
            let found = self.shared.inbox.until(self.patience(), |arrived| arrived.values.pop_front()).await;
            let value = found.unwrap_or_else(|| self.missing(place, "no message"));
            T::deserialize(&value)
                .unwrap_or_else(|error| fail(place, &format!("the message {value} is something else: {error}")))
        }
    }

    /// Takes the messages of a raw connection that came and those that come in a moment.
    pub async fn all_values(&self) -> Vec<Value> {
        let mut values = Vec::new();
        while let Some(value) = self.shared.inbox.until(QUIET, |arrived| arrived.values.pop_front()).await {
            values.push(value);
        }
        values
    }

    pub(super) fn starts(&self) -> bool {
        self.shared.memory.lock().starts()
    }

    #[track_caller]
    fn first_hub(&self) -> ClientHub<'_> {
        let place = Location::caller();
        let first = self.shared.memory.lock().hubs.first().cloned();
        match first {
            Some(name) => self.on_named(&name),
            None => fail(place, "the client listens to no hub; name one with `on` or `on_named`"),
        }
    }

    pub(super) fn patience(&self) -> Duration {
        self.shared.kit.patience()
    }

    fn who(&self) -> String {
        let memory = self.shared.memory.lock();
        memory.user.as_ref().map_or_else(|| format!("client {}", memory.id), |user| format!("client `{}`", user.name()))
    }

    pub(super) fn missing(&self, place: &'static Location<'static>, what: &str) -> ! {
        let lately = self.shared.inbox.arrived.lock().lately();
        fail(place, &format!("{} waited {:?} for what did not come: {what}{lately}", self.who(), self.patience()))
    }
}

/// An invocation, of which only the id matters. A number is kept as it is written, as the server does.
#[derive(serde::Deserialize)]
struct Named<'a> {
    #[serde(rename = "I", borrow)]
    id: &'a serde_json::value::RawValue,
}

impl Drop for TestClient {
    fn drop(&mut self) {
        self.shared.drop_link();
    }
}

impl fmt::Debug for TestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestClient").field("id", &self.id()).finish_non_exhaustive()
    }
}
