//! A client of a test.

use std::{fmt, future::Future, panic::Location, sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    CallReceived, ClientHub, Closing, ConnectError, Invocation, Refused, Transport,
    expect::{QUIET, fail},
    inbox::Arrived,
    shared::Shared,
    socket::Reading,
};
use crate::{ConnectionId, HubType, User};

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

    /// Tells the server that the stream is live, so that connected events run. [`ClientBuilder::connect`](super::ClientBuilder::connect) has
    /// done so.
    ///
    /// # Errors
    ///
    /// [`Refused`], with status 500 if a connected event fails.
    pub async fn start(&self) -> Result<(), Refused> {
        self.shared.request("start", None).await.map(drop)
    }

    /// Loses the transport: the link is cut, and nobody has said anything. The server waits for the client to come back.
    pub fn drop_transport(&self) {
        self.shared.drop_link();
    }

    /// From here on nothing can be written to the client, as with a peer that does not read: its messages wait in its outbox.
    pub fn stop_reading(&self) {
        self.shared.read(Reading::No);
    }

    /// From here on what is written is lost on the way, as in a network that has gone: the server does not know.
    pub fn black_hole(&self) {
        self.shared.read(Reading::BlackHole);
    }

    /// Ends [`stop_reading`](Self::stop_reading) and [`black_hole`](Self::black_hole).
    pub fn read_again(&self) {
        self.shared.read(Reading::Yes);
    }

    /// Comes back with a new stream, with the cursor and the groups token that it has. The transport need not have been lost:
    /// then the server ends the older stream.
    ///
    /// # Errors
    ///
    /// [`ConnectError::Refused`].
    pub async fn reconnect(&self) -> Result<(), ConnectError> {
        Ok(self.shared.open("reconnect").await?)
    }

    /// Goes on polling without saying that it reconnects, as a client does whose server was restarted between two polls.
    ///
    /// # Errors
    ///
    /// [`ConnectError::Refused`].
    pub async fn poll(&self) -> Result<(), ConnectError> {
        Ok(self.shared.open("poll").await?)
    }

    /// Connects once more with the same connection token, as a client does that tries its next transport.
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    pub async fn connect_again(&self) -> Result<(), ConnectError> {
        self.shared.open("connect").await?;
        let waited = self.patience();
        let came = self
            .shared
            .inbox
            .until(waited, |arrived| (arrived.live || arrived.closed.is_some()).then_some(arrived.live));
        if came.await == Some(true) { Ok(()) } else { Err(ConnectError::NoInit { waited }) }
    }

    /// Leaves for good. The disconnected events run by themselves: wait for them with
    /// [`TestServer::until_disconnected`](super::TestServer::until_disconnected).
    ///
    /// # Errors
    ///
    /// [`Refused`].
    pub async fn stop(&self) -> Result<(), Refused> {
        self.shared.stop().await
    }

    /// Waits until the server has ended the stream, and tells how.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[track_caller]
    pub fn until_closed(&self) -> impl Future<Output = Closing> + '_ {
        let place = Location::caller();
        async move {
            let closed = self.shared.inbox.until(self.patience(), |arrived| arrived.closed).await;
            closed.unwrap_or_else(|| self.missing(place, "no end of the stream"))
        }
    }

    /// Whether the stream is open, as far as the client knows.
    pub fn is_connected(&self) -> bool {
        self.shared.has_link() && self.shared.inbox.arrived.lock().closed.is_none()
    }

    /// The cursor: the client's place in the server's log.
    pub fn cursor(&self) -> Option<String> {
        self.shared.memory.lock().cursor.clone()
    }

    /// Takes another cursor, or none.
    pub fn set_cursor(&self, cursor: Option<String>) {
        self.shared.memory.lock().cursor = cursor;
    }

    /// The groups token that came last.
    pub fn groups_token(&self) -> Option<String> {
        self.shared.memory.lock().groups_token.clone()
    }

    /// Takes another groups token, or none.
    pub fn set_groups_token(&self, token: Option<String>) {
        self.shared.memory.lock().groups_token = token;
    }

    /// How many groups tokens have come.
    pub fn groups_tokens_received(&self) -> usize {
        self.shared.memory.lock().groups_tokens_received
    }

    /// Waits until so many groups tokens have come, and gives the last one.
    ///
    /// # Panics
    ///
    /// If they do not come.
    #[track_caller]
    pub fn until_groups_tokens(&self, count: usize) -> impl Future<Output = String> + '_ {
        let place = Location::caller();
        async move {
            let came = |_: &mut Arrived| {
                let memory = self.shared.memory.lock();
                memory.groups_token.clone().filter(|_| memory.groups_tokens_received >= count)
            };
            let token = self.shared.inbox.until(self.patience(), came).await;
            token.unwrap_or_else(|| self.missing(place, &format!("not {count} groups tokens")))
        }
    }

    /// The secret that proves that a request belongs to this connection.
    pub fn connection_token(&self) -> String {
        self.shared.memory.lock().connection_token.clone()
    }

    /// Takes another connection token: its own id goes with its own token alone.
    pub fn set_connection_token(&self, token: String) {
        self.shared.memory.lock().connection_token = token;
    }

    /// Lists other hubs, from the next request on.
    pub fn set_hubs(&self, names: &[&str]) {
        self.shared.memory.lock().hubs = names.iter().map(|name| (*name).to_owned()).collect();
    }

    /// Signs in as another user, or out, from the next request on.
    pub fn set_user(&self, user: Option<User>) {
        self.shared.memory.lock().user = user;
    }

    /// Uses another transport from the next stream on.
    pub fn set_transport(&self, transport: Transport) {
        self.shared.memory.lock().transport = transport;
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

    fn patience(&self) -> Duration {
        self.shared.kit.patience()
    }

    fn who(&self) -> String {
        let memory = self.shared.memory.lock();
        memory.user.as_ref().map_or_else(|| format!("client {}", memory.id), |user| format!("client `{}`", user.name()))
    }

    fn missing(&self, place: &'static Location<'static>, what: &str) -> ! {
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
