//! The hub that most scenarios use, and the events that it saw.

use std::{sync::Arc, time::Duration};

use hub_core::{
    ConnectionId, DisconnectReason, HubContext, HubResult, HubServer, Options, SigningKeys, UntypedClient, Value, hub,
};
use parking_lot::Mutex;
use reliability::PATIENCE;
use tokio::sync::Notify;

/// The shortest times that a server takes.
pub(crate) fn short() -> Options {
    Options::default().disconnect_timeout(Duration::from_secs(6)).keep_alive(Some(Duration::from_secs(2)))
}

/// A server of one room hub.
pub(crate) fn room_server(keys: &SigningKeys, options: Options) -> (HubServer, Events) {
    let events = Events::default();
    let hubs = HubServer::builder()
        .hub(Room { events: events.clone() })
        .signing_keys(keys.clone())
        .options(options)
        .build()
        .expect("the server is in order");
    (hubs, events)
}

/// A room: what is said to a group is heard by its members.
#[hub(name = "room")]
pub(crate) struct Room {
    pub(crate) events: Events,
}

#[hub]
impl Room {
    #[hub_method(connected)]
    fn came(&self, cx: &HubContext<Self>) {
        self.events.note(cx.connection_id(), What::Connected);
    }

    #[hub_method(reconnected)]
    fn came_back(&self, cx: &HubContext<Self>) {
        self.events.note(cx.connection_id(), What::Reconnected);
    }

    #[hub_method(disconnected)]
    fn went(&self, cx: &HubContext<Self>, reason: DisconnectReason) {
        self.events.note(cx.connection_id(), What::Disconnected(reason));
    }

    #[hub_method]
    async fn join(&self, cx: &HubContext<Self>, groups: Vec<String>) -> HubResult {
        for group in groups {
            cx.groups().add(cx.connection_id(), group).await?;
        }
        Ok(())
    }

    #[hub_method]
    async fn leave(&self, cx: &HubContext<Self>, group: String) -> HubResult {
        Ok(cx.groups().remove(cx.connection_id(), group).await?)
    }

    #[hub_method]
    async fn say(&self, cx: &HubContext<Self>, group: String, text: String) -> HubResult {
        Ok(cx.clients().group(group).call("hear").argument(&text).send().await?)
    }

    #[hub_method]
    async fn say_to_user(&self, cx: &HubContext<Self>, user: String, text: String) -> HubResult {
        Ok(cx.clients().user(user).call("hear").argument(&text).send().await?)
    }

    #[hub_method]
    fn echo(&self, value: Value) -> Value {
        value
    }

    #[hub_method]
    fn who_am_i(&self, cx: &HubContext<Self>) -> String {
        cx.user_name().to_owned()
    }
}

/// The room's clients from outside.
pub(crate) fn outside(hubs: &HubServer) -> hub_core::OutsideClients<Room> {
    hubs.hub::<Room>().clients().clone()
}

/// Says something to one connection, behind everything that was said before.
pub(crate) fn fence(hubs: &HubServer, id: &str) {
    let target: UntypedClient<hub_core::One> = outside(hubs).client(id);
    drop(target.call("fence").send());
}

/// What happened to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Connected,
    Reconnected,
    Disconnected(DisconnectReason),
}

/// The events that a hub saw, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Events(Arc<Noted>);

#[derive(Debug, Default)]
struct Noted {
    events: Mutex<Vec<(ConnectionId, What)>>,
    changed: Notify,
}

impl Events {
    pub(crate) fn note(&self, id: ConnectionId, what: What) {
        self.0.events.lock().push((id, what));
        self.0.changed.notify_waiters();
    }

    /// Those of one connection.
    pub(crate) fn of(&self, id: &str) -> Vec<What> {
        self.0.events.lock().iter().filter(|(of, _)| of.as_str() == id).map(|(_, what)| *what).collect()
    }

    /// Waits until the events of a connection are these, and no more.
    pub(crate) async fn until(&self, id: &str, expected: &[What]) {
        let waiting = async {
            loop {
                let changed = self.0.changed.notified();
                if self.of(id).len() >= expected.len() {
                    return;
                }
                changed.await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, waiting).await;
        assert_eq!(self.of(id), expected);
    }
}

/// Waits until the server holds so many connections, and no groups, outboxes or anything else of those that are gone.
pub(crate) async fn until_connections(hubs: &HubServer, expected: usize) {
    let started = std::time::Instant::now();
    while hubs.stats().connections != expected && started.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(hubs.stats().connections, expected, "connections of {:?}", hubs.stats());
}
