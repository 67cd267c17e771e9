//! The hub, and the notes that it shares with the test.

use std::{future::pending, sync::Arc};

use futures_util::{Stream, StreamExt as _, stream};
use hub_core::{
    Caller, CancellationToken, Clients, ConnectionId, Groups, HubContext, HubError, HubResult, StreamReceiver, Value,
    hub, hub_client,
    raw::{ConnectionHandler, RawConnection},
};
use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};

/// What the hub saw, and the gate at which some of its methods wait.
#[derive(Debug, Clone)]
pub struct Notes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    seen: Mutex<Vec<(String, String)>>,
    changed: watch::Sender<()>,
    gate: Semaphore,
}

impl Default for Notes {
    fn default() -> Self {
        let (changed, gate) = (watch::Sender::new(()), Semaphore::new(0));
        Self(Arc::new(Inner { seen: Mutex::default(), changed, gate }))
    }
}

impl Notes {
    fn note(&self, connection: ConnectionId, what: impl Into<String>) {
        self.0.seen.lock().push((connection.to_string(), what.into()));
        self.0.changed.send_modify(|()| {});
    }

    /// What was seen of a connection, in order.
    pub fn of(&self, connection: &str) -> Vec<String> {
        let seen = self.0.seen.lock();
        seen.iter().filter(|(of, _)| of == connection).map(|(_, what)| what.clone()).collect()
    }

    /// Waits until something was seen of a connection.
    pub async fn until(&self, connection: &str, what: &str) {
        let mut changed = self.0.changed.subscribe();
        let seen = changed.wait_for(|()| self.of(connection).iter().any(|seen| seen == what));
        hostile::within(what, seen).await.unwrap();
    }

    /// Lets so many calls pass the gate.
    pub fn open_gate(&self, calls: usize) {
        self.0.gate.add_permits(calls);
    }

    async fn gate(&self) -> HubResult {
        self.0.gate.acquire().await?.forget();
        Ok(())
    }
}

/// What the clients of the desk have.
#[hub_client]
pub trait DeskClient {
    /// Something was said.
    fn said(&self, text: &str);
    /// A number was measured.
    fn measured(&self, number: f64);
    /// A stream was dropped.
    fn dropped(&self);
    /// A question.
    async fn confirm(&self, question: &str) -> bool;
    /// Another.
    async fn name(&self) -> String;
}

/// One of everything that a line of the checklists speaks of.
#[derive(Debug)]
#[hub(name = "desk", client = DeskClient)]
pub struct Desk(pub Notes);

/// Who calls, with what the newest credentials say.
fn who(caller: &Caller) -> String {
    caller.user().map_or_else(
        || "nobody".to_owned(),
        |user| {
            let team = user.claim("team").unwrap_or("no");
            format!("{} of {team} team, id {}", user.name(), user.id().as_str())
        },
    )
}

#[hub]
impl Desk {
    #[hub_method(connected)]
    fn arrived(&self, caller: &Caller) {
        self.0.note(caller.connection_id(), "connected");
    }

    #[hub_method(reconnected)]
    fn returned(&self, caller: &Caller) {
        self.0.note(caller.connection_id(), "reconnected");
    }

    #[hub_method(disconnected)]
    fn left(&self, caller: &Caller) {
        self.0.note(caller.connection_id(), "disconnected");
    }

    /// Notes the new user, and tries what is refused in this event.
    #[hub_method(refreshed)]
    async fn refreshed(&self, cx: &HubContext<Self>, caller: &Caller, clients: &Clients<Self>) -> HubResult {
        let asked = clients.caller().confirm("?").await.unwrap_err();
        self.0.note(cx.connection_id(), format!("refreshed: {}", who(caller)));
        self.0.note(cx.connection_id(), format!("refused: {asked}"));
        Err(HubError::internal("the event's own fault"))
    }

    #[hub_method]
    fn echo(&self, value: Value) -> Value {
        value
    }

    #[hub_method]
    fn who(&self, caller: &Caller) -> String {
        who(caller)
    }

    #[hub_method]
    fn connection_id(&self, caller: &Caller) -> ConnectionId {
        caller.connection_id()
    }

    /// Waits at the gate, then says who calls.
    #[hub_method]
    async fn who_later(&self, caller: &Caller) -> HubResult<String> {
        self.0.note(caller.connection_id(), "waits");
        self.0.gate().await?;
        Ok(who(caller))
    }

    /// The same as a stream of one item.
    #[hub_method]
    fn who_in_a_stream(&self, cx: &HubContext<Self>) -> impl Stream<Item = HubResult<String>> {
        let (cx, notes) = (cx.clone(), self.0.clone());
        stream::once(async move {
            notes.note(cx.connection_id(), "streams");
            notes.gate().await?;
            Ok(who(&cx.caller()))
        })
    }

    #[hub_method(authorize(roles("admin")))]
    fn admin_only(&self) -> &'static str {
        "welcome"
    }

    #[hub_method]
    async fn join(&self, groups: &Groups<Self>, caller: &Caller, group: String) -> HubResult {
        Ok(groups.add(caller.connection_id(), group).await?)
    }

    #[hub_method]
    async fn say(&self, clients: &Clients<Self>, groups: Vec<String>, text: String) -> HubResult {
        Ok(clients.groups(groups).said(&text).await?)
    }

    #[hub_method]
    async fn say_to_group(&self, clients: &Clients<Self>, group: String, text: String) -> HubResult {
        Ok(clients.group(group).said(&text).await?)
    }

    #[hub_method]
    async fn say_to_user(&self, clients: &Clients<Self>, user: String, text: String) -> HubResult {
        Ok(clients.user(user).said(&text).await?)
    }

    /// Tells everybody what JSON cannot say.
    #[hub_method]
    async fn tell_oddly(&self, clients: &Clients<Self>) -> HubResult {
        clients.all().measured(f64::INFINITY).await.map_err(|_| HubError::client("not sent"))
    }

    #[hub_method]
    fn infinity(&self) -> f64 {
        f64::INFINITY
    }

    #[hub_method]
    fn half(&self, number: f64) -> f64 {
        number / 2.0
    }

    #[hub_method]
    async fn ask_name(&self, clients: &Clients<Self>) -> HubResult<String> {
        clients.caller().name().await.map_err(|error| HubError::client(error.to_string()))
    }

    #[hub_method]
    fn fails(&self) -> HubResult<i32> {
        Ok("no number".parse::<i32>()?)
    }

    #[hub_method]
    fn fails_in_public(&self) -> HubResult {
        Err(HubError::client("for you"))
    }

    /// Answers 42 when it is cancelled.
    #[hub_method]
    async fn until_cancelled(&self, stop: &CancellationToken, caller: &Caller, number: u32) -> u32 {
        self.0.note(caller.connection_id(), "begun");
        stop.cancelled().await;
        self.0.note(caller.connection_id(), "cancelled");
        number
    }

    /// Ends at the gate, whenever it is cancelled.
    #[hub_method]
    async fn cancelled_at_the_gate(&self, stop: &CancellationToken, caller: &Caller) -> HubResult<&'static str> {
        stop.cancelled().await;
        self.0.note(caller.connection_id(), "cancelled");
        self.0.gate().await?;
        Ok("passed")
    }

    /// Fails when it is cancelled.
    #[hub_method]
    async fn until_cancelled_fails(&self, stop: &CancellationToken, caller: &Caller) -> HubResult {
        self.0.note(caller.connection_id(), "begun");
        stop.cancelled().await;
        Err(HubError::internal("The operation was canceled."))
    }

    /// Waits at the gate, whatever the client says.
    #[hub_method]
    async fn at_the_gate(&self, caller: &Caller) -> HubResult<&'static str> {
        self.0.note(caller.connection_id(), "waits");
        self.0.gate().await?;
        Ok("passed")
    }

    #[hub_method]
    async fn sum(&self, mut numbers: StreamReceiver<i32>) -> HubResult<i32> {
        let mut sum = 0_i32;
        while let Some(number) = numbers.next().await {
            sum = sum.wrapping_add(number?);
        }
        Ok(sum)
    }

    #[hub_method]
    async fn sum_two(&self, numbers: StreamReceiver<i32>, others: StreamReceiver<i32>) -> HubResult<i32> {
        let mut sum = 0_i32;
        let mut all = std::pin::pin!(stream::select(numbers, others));
        while let Some(number) = all.next().await {
            sum = sum.wrapping_add(number?);
        }
        Ok(sum)
    }

    /// Counts for ever.
    #[hub_method]
    fn count(&self) -> impl Stream<Item = u32> {
        stream::iter(0..)
    }

    #[hub_method]
    fn abort(&self, cx: &HubContext<Self>) {
        cx.abort();
    }

    #[hub_method]
    fn endless(&self, cx: &HubContext<Self>) -> impl Stream<Item = u32> {
        let farewell = Farewell(cx.clone());
        stream::once(async move {
            let _farewell = farewell;
            pending().await
        })
    }
}

/// Tells the caller that its stream was dropped.
struct Farewell(HubContext<Desk>);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.clients().caller().dropped();
    }
}

/// Raw connections that give back what comes.
#[derive(Debug)]
pub struct Mirror;

impl ConnectionHandler for Mirror {
    async fn connected(&self, connection: RawConnection) -> HubResult {
        while let Some(bytes) = connection.read().await {
            connection.write(bytes).await?;
        }
        Ok(())
    }
}

/// A hub for members alone.
#[derive(Debug)]
#[hub(name = "guarded", authorize(roles("member")))]
pub struct Guarded;

#[hub]
impl Guarded {
    #[hub_method]
    fn echo(&self, value: Value) -> Value {
        value
    }
}
