//! A hub and a module that fail where the request says so, and somebody else who must not notice.

use std::{
    sync::Once,
    time::{Duration, Instant},
};

use hub_core::{
    Completion, GroupName, HubContext, HubError, HubModule, HubResult, HubServer, Options, Request, SendError,
    SigningKeys, hub, hub_module,
    pipeline::{
        Authorization, AuthorizeConnectNext, AuthorizeMethodNext, ConnectionEvent, EventNext, IncomingCall,
        IncomingNext, OutgoingCall, OutgoingNext, Rejoining, RejoiningNext,
    },
};
use reliability::{
    client::{Client, Session, Transport},
    server::Served,
};
use serde_json::json;

use crate::hubs::{Events, What};

/// How long a stall is: longer than any test.
const STALL: Duration = Duration::from_secs(30);
/// What calls and rejoins may take.
pub(super) const LIMIT: Duration = Duration::from_millis(400);
/// How soon others must be served, on a machine that does other things too.
const SOON: Duration = Duration::from_secs(5);

/// Fails if the request asks for a fault here: `fault=connected:panic`, `:stall` or `:error`.
async fn fault(request: &Request, here: &str) -> HubResult {
    let asked = request.query("fault").unwrap_or_default().into_owned();
    match asked.split_once(':') {
        Some((place, kind)) if place == here => fail(kind).await,
        _ => Ok(()),
    }
}

async fn fail(kind: &str) -> HubResult {
    match kind {
        "stall" => tokio::time::sleep(STALL).await,
        "error" => return Err(HubError::internal("on purpose")),
        kind => assert_ne!(kind, "panic", "on purpose"),
    }
    Ok(())
}

#[hub(name = "faulty")]
pub(super) struct Faulty {
    events: Events,
}

#[hub]
impl Faulty {
    #[hub_method(connected)]
    async fn came(&self, cx: &HubContext<Self>) -> HubResult {
        self.events.note(cx.connection_id(), What::Connected);
        fault(cx.request(), "connected").await
    }

    #[hub_method(reconnected)]
    async fn came_back(&self, cx: &HubContext<Self>) -> HubResult {
        self.events.note(cx.connection_id(), What::Reconnected);
        fault(cx.request(), "reconnected").await
    }

    #[hub_method(disconnected)]
    async fn went(&self, cx: &HubContext<Self>, reason: hub_core::DisconnectReason) -> HubResult {
        self.events.note(cx.connection_id(), What::Disconnected(reason));
        fault(cx.request(), "disconnected").await
    }

    #[hub_method]
    async fn fail(&self, kind: String) -> HubResult {
        fail(&kind).await
    }

    /// Fails only after others had their turn.
    #[hub_method]
    async fn fail_later(&self, kind: String) -> HubResult {
        tokio::task::yield_now().await;
        fail(&kind).await
    }

    #[hub_method]
    fn fail_in_place(&self) -> u32 {
        assert_eq!("panic", "", "on purpose");
        1
    }

    #[hub_method]
    async fn join(&self, cx: &HubContext<Self>, group: String) -> HubResult {
        Ok(cx.groups().add(cx.connection_id(), group).await?)
    }

    /// Calls a client method; the module panics on the way out if it is called "explode".
    #[hub_method]
    async fn call_me(&self, cx: &HubContext<Self>, method: String) -> HubResult {
        Ok(cx.clients().caller().call(&method).send().await?)
    }

    #[hub_method]
    fn greet(&self) -> &'static str {
        "hello"
    }
}

/// Fails at every stage where the request says so.
struct Saboteur;

#[hub_module]
impl HubModule for Saboteur {
    async fn incoming(&self, call: IncomingCall<'_>, next: IncomingNext<'_>) -> Completion {
        fault(call.request, "incoming").await?;
        next.run(call).await
    }

    fn outgoing(&self, call: OutgoingCall<'_>, next: OutgoingNext<'_>) -> Result<(), SendError> {
        assert_ne!(call.method, "explode", "on purpose");
        next.run(call)
    }

    async fn connect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        fault(event.request, "connect").await?;
        next.run(event).await
    }

    async fn reconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        fault(event.request, "reconnect").await?;
        next.run(event).await
    }

    async fn disconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        fault(event.request, "disconnect").await?;
        next.run(event).await
    }

    async fn authorize_connect(&self, authorization: Authorization<'_>, next: AuthorizeConnectNext<'_>) -> bool {
        fault(authorization.request, "authorize_connect").await.is_ok() && next.run(authorization).await
    }

    async fn authorize_method(&self, authorization: Authorization<'_>, next: AuthorizeMethodNext<'_>) -> bool {
        fault(authorization.request, "authorize_method").await.is_ok() && next.run(authorization).await
    }

    async fn rejoining_groups(&self, rejoining: Rejoining<'_>, next: RejoiningNext<'_>) -> HubResult<Vec<GroupName>> {
        fault(rejoining.request, "rejoining_groups").await?;
        next.run(rejoining).await
    }
}

/// A server whose code fails on demand, and a client that has nothing to do with it.
pub(super) struct Scene {
    pub(super) hubs: HubServer,
    pub(super) events: Events,
    pub(super) served: Served,
    bystander: Client,
}

impl Scene {
    pub(super) async fn start(options: Options) -> Self {
        Self::start_with(options, &SigningKeys::generate().unwrap()).await
    }

    pub(super) async fn start_with(options: Options, keys: &SigningKeys) -> Self {
        be_quiet_about_panics_on_purpose();
        let events = Events::default();
        let hubs = HubServer::builder()
            .hub(Faulty { events: events.clone() })
            .module(Saboteur)
            .signing_keys(keys.clone())
            .options(options)
            .build()
            .unwrap();
        let served = Served::hubs(&hubs).unwrap();
        let bystander = Client::connect(served.address(), Transport::WebSockets, &["faulty"]).await.unwrap();
        Self { hubs, events, served, bystander }
    }

    /// A client without a fault.
    pub(super) async fn client(&self, transport: Transport) -> Client {
        Client::connect(self.served.address(), transport, &["faulty"]).await.unwrap()
    }

    /// A session that asks for a fault from here on.
    pub(super) async fn session(&self, fault: &str) -> Session {
        let mut session = Session::negotiate(self.served.address(), &["faulty"], "").await.unwrap();
        session.query = format!("&fault={fault}");
        session
    }

    /// The bystander calls, is called, and somebody new comes in, all of it soon.
    pub(super) async fn others_are_served(&mut self) {
        let started = Instant::now();
        for _ in 0..10 {
            let reply = self.bystander.call("faulty", "greet", json!([])).await.unwrap();
            assert_eq!(reply.result(), "hello");
        }
        self.hubs.hub::<Faulty>().clients().all().call("news").send().await.unwrap();
        self.bystander.until("news").await.unwrap();
        let mut newcomer = self.client(Transport::ServerSentEvents).await;
        assert_eq!(newcomer.call("faulty", "greet", json!([])).await.unwrap().result(), "hello");
        newcomer.abort().await.unwrap();
        assert!(started.elapsed() < SOON, "others waited {:?}", started.elapsed());
    }
}

/// Failing tests still say why; the hub's own panics would only hide that.
fn be_quiet_about_panics_on_purpose() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let text = info.payload_as_str().unwrap_or_default();
            if !text.contains("on purpose") {
                usual(info);
            }
        }));
    });
}
