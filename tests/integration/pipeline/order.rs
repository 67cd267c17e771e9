//! The first module added is the outermost, those of a hub's own attribute are inside, and a stage that nobody takes part in is not there.

use hub_core::{Clients, HubContext};
use hub_core::{
    Completion, GroupName, HubModule, HubResult, HubServer, SendError, Stages, hub, hub_client, hub_module,
    pipeline::{
        Authorization, AuthorizeConnectNext, AuthorizeMethodNext, ChangeMembershipNext, ConnectionEvent, EventNext,
        IncomingCall, IncomingNext, MembershipChange, OutgoingCall, OutgoingNext, Rejoining, RejoiningNext,
    },
    testing::TestServer,
};

use crate::{Tested, noted::Noted};

/// Notes its name before and after every stage.
struct Layer(&'static str, Noted);

impl Layer {
    fn before(&self, stage: &str) {
        self.1.note(format!("{}> {stage}", self.0));
    }

    fn after(&self, stage: &str) {
        self.1.note(format!("<{} {stage}", self.0));
    }
}

#[hub_module]
impl HubModule for Layer {
    async fn incoming(&self, call: IncomingCall<'_>, next: IncomingNext<'_>) -> Completion {
        self.before("incoming");
        let completion = next.run(call).await;
        self.after("incoming");
        completion
    }

    fn outgoing(&self, call: OutgoingCall<'_>, next: OutgoingNext<'_>) -> Result<(), SendError> {
        self.before("outgoing");
        let sent = next.run(call);
        self.after("outgoing");
        sent
    }

    async fn connect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        self.before("connect");
        let outcome = next.run(event).await;
        self.after("connect");
        outcome
    }

    async fn reconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        self.before("reconnect");
        let outcome = next.run(event).await;
        self.after("reconnect");
        outcome
    }

    async fn disconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        self.before("disconnect");
        let outcome = next.run(event).await;
        self.after("disconnect");
        outcome
    }

    async fn authorize_connect(&self, authorization: Authorization<'_>, next: AuthorizeConnectNext<'_>) -> bool {
        self.before("authorize_connect");
        let agreed = next.run(authorization).await;
        self.after("authorize_connect");
        agreed
    }

    async fn authorize_method(&self, authorization: Authorization<'_>, next: AuthorizeMethodNext<'_>) -> bool {
        self.before("authorize_method");
        let agreed = next.run(authorization).await;
        self.after("authorize_method");
        agreed
    }

    async fn rejoining_groups(&self, rejoining: Rejoining<'_>, next: RejoiningNext<'_>) -> HubResult<Vec<GroupName>> {
        self.before("rejoining_groups");
        let groups = next.run(rejoining).await;
        self.after("rejoining_groups");
        groups
    }

    async fn change_membership(&self, change: MembershipChange<'_>, next: ChangeMembershipNext<'_>) -> HubResult {
        self.before("change_membership");
        let outcome = next.run(change).await;
        self.after("change_membership");
        outcome
    }
}

#[hub_client]
trait Screen {
    fn show(&self, text: &str);
}

#[hub(client = Screen, modules(Onion::inner))]
struct Onion(Noted);

impl Onion {
    fn inner(&self) -> Layer {
        Layer("c", self.0.clone())
    }
}

#[hub]
impl Onion {
    #[hub_method(connected)]
    fn connected(&self) {
        self.0.note("hub connect");
    }
    #[hub_method(reconnected)]
    fn reconnected(&self) {
        self.0.note("hub reconnect");
    }
    #[hub_method(disconnected)]
    fn disconnected(&self) {
        self.0.note("hub disconnect");
    }
    #[hub_method]
    fn call(&self) {
        self.0.note("hub incoming");
    }
    #[hub_method]
    fn send(&self, clients: &Clients<Self>) {
        clients.all().show("x");
    }
}

fn kit(noted: &Noted) -> TestServer {
    let hubs = HubServer::builder()
        .module(Layer("a", noted.clone()))
        .module(Layer("b", noted.clone()))
        .hub(Onion(noted.clone()))
        .build()
        .unwrap();
    TestServer::new(hubs)
}

/// a, then b, then the hub's own c, around what the hub notes.
fn onion(stage: &str) -> Vec<String> {
    let hub = if matches!(stage, "connect" | "reconnect" | "disconnect" | "incoming") {
        vec![format!("hub {stage}")]
    } else {
        Vec::new()
    };
    let (before, after) = (["a", "b", "c"], ["c", "b", "a"]);
    let before = before.iter().map(|name| format!("{name}> {stage}"));
    before.chain(hub).chain(after.iter().map(|name| format!("<{name} {stage}"))).collect()
}

fn of(stage: &str, notes: &[String]) -> Vec<String> {
    notes.iter().filter(|note| note.ends_with(&format!(" {stage}"))).cloned().collect()
}

#[tokio::test(start_paused = true)]
async fn every_stage_runs_from_the_first_module_in_and_back_out() -> Tested {
    let noted = Noted::default();
    let kit = kit(&noted);
    let ann = kit.client().hub::<Onion>().negotiate().await?;
    assert_eq!(noted.take(), onion("authorize_connect"), "at negotiate");
    ann.connect_again().await?;
    noted.take();
    ann.start().await?;
    assert_eq!(of("connect", &noted.take()), onion("connect"));
    ann.invoke("call", ()).await?;
    let notes = noted.take();
    assert_eq!(notes, [onion("authorize_method"), onion("incoming")].concat(), "authorisation, then the call");
    ann.invoke("send", ()).await?;
    let outgoing = of("outgoing", &noted.take());
    assert_eq!(outgoing, onion("outgoing"));
    let groups = kit.hubs().hub::<Onion>().groups().clone();
    groups.add_user("ann", "tea").await.map_err(|error| error.to_string())?;
    groups.remove_user("ann", "tea").await.map_err(|error| error.to_string())?;
    assert_eq!(noted.take(), [onion("change_membership"), onion("change_membership")].concat());
    ann.drop_transport();
    ann.reconnect().await?;
    let notes = noted.quiet().await;
    assert_eq!(of("rejoining_groups", &notes), onion("rejoining_groups"));
    assert_eq!(of("reconnect", &notes), onion("reconnect"));
    assert!(of("connect", &notes).is_empty());
    ann.stop().await?;
    kit.until_disconnected(ann.id()).await;
    assert_eq!(of("disconnect", &noted.quiet().await), onion("disconnect"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn calls_from_outside_pass_the_outgoing_stage_too() -> Tested {
    let noted = Noted::default();
    let kit = kit(&noted);
    kit.hubs().hub::<Onion>().clients().all().show("x").await?;
    assert_eq!(noted.take(), onion("outgoing"));
    Ok(())
}

/// Takes part in two stages.
struct Two;

#[hub_module]
impl HubModule for Two {
    async fn connect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        next.run(event).await
    }

    fn outgoing(&self, call: OutgoingCall<'_>, next: OutgoingNext<'_>) -> Result<(), SendError> {
        next.run(call)
    }
}

/// Without the attribute: asked everywhere.
struct Bare;

impl HubModule for Bare {}

#[hub]
struct Plain;

#[hub]
impl Plain {
    #[hub_method]
    fn name(&self, cx: &HubContext<Self>) -> String {
        cx.hub_name().to_owned()
    }
}

#[test]
fn the_attribute_names_exactly_the_stages_that_are_written() {
    assert_eq!(Two::STAGES, Stages::CONNECT.union(Stages::OUTGOING));
    assert_eq!(Layer::STAGES, Stages::ALL);
    assert_eq!(Bare::STAGES, Stages::ALL);
    assert!(Stages::ALL.contains(Two::STAGES) && !Stages::NONE.contains(Two::STAGES));
}

#[tokio::test(start_paused = true)]
async fn a_module_that_does_nothing_changes_nothing() -> Tested {
    let kit = TestServer::new(HubServer::builder().module(Bare).module(Two).hub(Plain).build()?);
    let ann = kit.connect::<Plain>().await?;
    assert_eq!(ann.invoke("name", ()).await?.result::<String>(), "plain");
    ann.drop_transport();
    ann.reconnect().await?;
    ann.stop().await?;
    kit.until_disconnected(ann.id()).await;
    Ok(())
}
