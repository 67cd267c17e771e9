//! The hub under attack, and the module that fails on demand.

use std::{collections::HashMap, future::pending, sync::Arc};

use futures_util::{Stream, stream};
use hub_core::{
    Clients, Completion, GroupName, HubContext, HubModule, HubResult, SendError, StreamReceiver, Value, hub,
    hub_module,
    pipeline::{
        Authorization, AuthorizeConnectNext, AuthorizeMethodNext, ConnectionEvent, EventNext, IncomingCall,
        IncomingNext, OutgoingCall, OutgoingNext, Rejoining, RejoiningNext,
    },
};
use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};

/// What a hub saw and does, shared with the test.
#[derive(Debug, Clone)]
pub struct Notes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    events: Mutex<HashMap<String, Vec<&'static str>>>,
    /// How many calls of `wait` have begun, ever.
    waiting: watch::Sender<usize>,
    gate: Semaphore,
    called: watch::Sender<usize>,
}

impl Default for Notes {
    fn default() -> Self {
        Self(Arc::new(Inner {
            events: Mutex::default(),
            waiting: watch::Sender::new(0),
            gate: Semaphore::new(0),
            called: watch::Sender::new(0),
        }))
    }
}

impl Notes {
    /// The events of a connection, in the order in which the hub saw them.
    pub fn events(&self, connection: &str) -> Vec<&'static str> {
        self.0.events.lock().get(connection).cloned().unwrap_or_default()
    }

    /// How many calls of `wait` have begun.
    pub fn begun(&self) -> usize {
        *self.0.waiting.borrow()
    }

    /// How many calls of `mark` there were.
    pub fn marks(&self) -> usize {
        *self.0.called.borrow()
    }

    /// Waits until so many calls of `wait` have begun.
    pub async fn until_begun(&self, count: usize) {
        let mut waiting = self.0.waiting.subscribe();
        crate::within("calls to begin", waiting.wait_for(|begun| *begun >= count)).await.expect("the hub is there");
    }

    /// Lets calls of `wait` end.
    pub fn release(&self, count: usize) {
        self.0.gate.add_permits(count);
    }

    fn note(&self, connection: String, event: &'static str) {
        self.0.events.lock().entry(connection).or_default().push(event);
    }
}

/// One of everything that an attacker may want to call.
#[derive(Debug)]
#[hub(name = "lab")]
pub struct Lab(pub Notes);

#[hub]
impl Lab {
    #[hub_method]
    fn echo(&self, value: Value) -> Value {
        value
    }

    #[hub_method]
    fn length(&self, text: String) -> usize {
        text.len()
    }

    /// Leaves a trace on the server.
    #[hub_method]
    fn mark(&self) {
        self.0.0.called.send_modify(|count| *count += 1);
    }

    #[hub_method]
    async fn join(&self, cx: &HubContext<Self>, group: String) -> HubResult {
        Ok(cx.groups().add(cx.connection_id(), group).await?)
    }

    #[hub_method]
    async fn say(&self, clients: &Clients<Self>, group: String, text: String) -> HubResult {
        Ok(clients.group(group).call("said").argument(&text).send().await?)
    }

    #[hub_method]
    async fn say_to_user(&self, clients: &Clients<Self>, user: String, text: String) -> HubResult {
        Ok(clients.user(user).call("said").argument(&text).send().await?)
    }

    /// Calls a method of that name on the caller.
    #[hub_method]
    async fn call_me(&self, clients: &Clients<Self>, method: String) -> HubResult {
        Ok(clients.caller().call(&method).send().await?)
    }

    /// Ends when the test says so.
    #[hub_method]
    async fn wait(&self) -> HubResult {
        self.0.0.waiting.send_modify(|begun| *begun += 1);
        self.0.0.gate.acquire().await?.forget();
        Ok(())
    }

    /// A stream that never says anything.
    #[hub_method]
    fn endless(&self) -> impl Stream<Item = u32> + use<> {
        stream::pending()
    }

    /// Takes what is uploaded when the test says so.
    #[hub_method]
    async fn sum(&self, mut numbers: StreamReceiver<i64>) -> HubResult<i64> {
        self.0.0.waiting.send_modify(|begun| *begun += 1);
        self.0.0.gate.acquire().await?.forget();
        let mut sum = 0_i64;
        while let Some(number) = numbers.next().await {
            sum = sum.wrapping_add(number?);
        }
        Ok(sum)
    }

    #[hub_method]
    async fn stall(&self) {
        pending().await
    }

    #[hub_method]
    fn explode(&self) {
        panic!("the hub's own fault");
    }

    #[hub_method]
    async fn explode_later(&self) {
        tokio::task::yield_now().await;
        panic!("the hub's own fault");
    }

    #[hub_method(connected)]
    async fn arrived(&self, cx: &HubContext<Self>) -> HubResult {
        self.0.note(cx.connection_id().to_string(), "connected");
        if cx.request().query("everyone").is_some() {
            cx.groups().add(cx.connection_id(), "everyone").await?;
        }
        Ok(())
    }

    #[hub_method(reconnected)]
    fn returned(&self, cx: &HubContext<Self>) {
        self.0.note(cx.connection_id().to_string(), "reconnected");
    }

    #[hub_method(disconnected)]
    fn left(&self, cx: &HubContext<Self>) {
        self.0.note(cx.connection_id().to_string(), "disconnected");
    }
}

/// A module that fails at the stage which the query of a request names in `trouble`. Calls on clients have no request: there the
/// method is called `explode`.
#[derive(Debug)]
pub struct Trouble;

fn explode_at(stage: &str, request: &hub_core::Request) {
    if request.query("trouble").as_deref() == Some(stage) {
        panic!("the module's own fault");
    }
}

#[hub_module]
impl HubModule for Trouble {
    async fn incoming(&self, call: IncomingCall<'_>, next: IncomingNext<'_>) -> Completion {
        explode_at("incoming", call.request);
        next.run(call).await
    }

    fn outgoing(&self, call: OutgoingCall<'_>, next: OutgoingNext<'_>) -> Result<(), SendError> {
        assert_ne!(call.method, "explode", "the module's own fault");
        next.run(call)
    }

    async fn connect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        explode_at("connect", event.request);
        next.run(event).await
    }

    async fn disconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        explode_at("disconnect", event.request);
        next.run(event).await
    }

    async fn authorize_connect(&self, authorization: Authorization<'_>, next: AuthorizeConnectNext<'_>) -> bool {
        explode_at("authorize_connect", authorization.request);
        next.run(authorization).await
    }

    async fn authorize_method(&self, authorization: Authorization<'_>, next: AuthorizeMethodNext<'_>) -> bool {
        explode_at("authorize_method", authorization.request);
        next.run(authorization).await
    }

    async fn rejoining_groups(&self, rejoining: Rejoining<'_>, next: RejoiningNext<'_>) -> HubResult<Vec<GroupName>> {
        explode_at("rejoin", rejoining.request);
        if rejoining.request.query("trouble").as_deref() == Some("rejoin_stall") {
            pending::<()>().await;
        }
        next.run(rejoining).await
    }
}
