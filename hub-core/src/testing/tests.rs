//! What the kit says when an expectation fails, and that its clients behave as real ones do.

use std::time::Duration;

use super::{InvokeError, TestServer, Transport};
use crate::{CallerState, Clients, HubError, HubResult, HubServer, Progress, hub, hub_client};

#[hub_client]
trait Page {
    fn show(&self, text: &str);
}

#[hub(client = Page)]
struct Notice;

#[hub]
impl Notice {
    #[hub_method]
    fn say(&self, clients: &Clients<Self>, text: String) {
        clients.all().show(&text);
    }

    #[hub_method]
    fn add(&self, left: u32, right: u32) -> u32 {
        left + right
    }

    #[hub_method]
    fn refuse(&self) -> HubResult {
        Err(HubError::client("not today").with_data(&7))
    }

    #[hub_method]
    async fn count(&self, progress: &Progress<u32>, to: u32) -> HubResult<&'static str> {
        for step in 1..=to {
            progress.report(&step)?;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok("counted")
    }

    #[hub_method]
    fn rename(&self, state: &CallerState, name: String) -> HubResult<Option<String>> {
        let before = state.get("name")?;
        state.set("name", &name)?;
        Ok(before)
    }

    #[hub_method]
    async fn never(&self) {
        std::future::pending().await
    }
}

fn kit() -> TestServer {
    TestServer::new(HubServer::builder().hub(Notice).build().unwrap())
}

const TRANSPORTS: [Transport; 3] = [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling];

#[tokio::test(start_paused = true)]
async fn every_transport_calls_and_is_called() {
    let kit = kit();
    for transport in TRANSPORTS {
        let ann = kit.client().hub::<Notice>().user("ann").transport(transport).connect().await.unwrap();
        assert_eq!(ann.invoke("add", (1, 2)).await.unwrap().result::<u32>(), 3);
        ann.invoke("say", ("hello",)).await.unwrap();
        let call = ann.expect_call("show", ("hello",)).await;
        assert_eq!((&*call.hub, call.args::<(String,)>()), ("notice", ("hello".to_owned(),)));

        let error = ann.invoke("refuse", ()).await.unwrap_err();
        assert_eq!((error.text(), error.is_for_client(), error.data()), (Some("not today"), true, Some(7)));

        let mut counting = ann.invoke("count", (2,));
        assert_eq!((counting.next_progress::<u32>().await, counting.next_progress::<u32>().await), (1, 2));
        assert_eq!(counting.await.unwrap().result::<String>(), "counted");

        assert_eq!(ann.invoke("rename", ("bob",)).await.unwrap().result::<Option<String>>(), None);
        assert_eq!(ann.state::<String>("name").as_deref(), Some("bob"));
        assert_eq!(ann.invoke("rename", ("cid",)).await.unwrap().result::<Option<String>>().as_deref(), Some("bob"));

        ann.stop().await.unwrap();
        kit.until_disconnected(ann.id()).await;
        assert!(!kit.knows(ann.id()), "{transport:?}");
        assert!(!ann.is_connected(), "{transport:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_lost_its_transport_is_waited_for_and_misses_nothing() {
    for transport in TRANSPORTS {
        let kit = kit();
        let ann = kit.client().hub::<Notice>().transport(transport).connect().await.unwrap();
        ann.drop_transport();
        kit.hubs().hub::<Notice>().clients().all().show("one");
        assert!(kit.knows(ann.id()));
        ann.reconnect().await.unwrap();
        ann.expect_call("show", ("one",)).await;
        ann.black_hole();
        kit.hubs().hub::<Notice>().clients().all().show("two");
        ann.no_calls().await;
        ann.drop_transport();
        ann.reconnect().await.unwrap();
        ann.expect_call("show", ("two",)).await;
        ann.no_calls().await;
    }
}

#[tokio::test(start_paused = true)]
async fn calls_on_a_lost_web_socket_are_lost() {
    let kit = kit();
    let ann = kit.connect::<Notice>().await.unwrap();
    let call = ann.invoke("never", ());
    ann.drop_transport();
    assert_eq!(call.await.unwrap_err(), InvokeError::TransportLost);
    assert_eq!(ann.invoke("add", (1, 2)).await.unwrap_err(), InvokeError::TransportLost);
    ann.reconnect().await.unwrap();
    assert_eq!(ann.invoke("never", ()).await.unwrap_err(), InvokeError::NoAnswer { waited: Duration::from_secs(10) });
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "client `ann` expected show(\"there\"), and was called notice.show(\"here\")")]
async fn a_failed_expectation_says_what_came_instead() {
    let kit = kit();
    let ann = kit.connect_as::<Notice>("ann").await.unwrap();
    ann.invoke("say", ("here",)).await.unwrap();
    ann.expect_call("show", ("there",)).await;
}

#[tokio::test(start_paused = true)]
async fn what_does_not_come_is_told_with_its_place_and_what_came_before() {
    let kit = kit();
    let ann = kit.connect_as::<Notice>("ann").await.unwrap();
    ann.invoke("say", ("here",)).await.unwrap();
    ann.next_call().await;
    let waiting = tokio::spawn(async move { ann.next_call().await });
    let panic = waiting.await.unwrap_err().into_panic();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.starts_with("client `ann` waited 10s for what did not come: no call"), "{text}");
    assert!(text.contains("notice.show(\"here\")"), "{text}");
    assert!(text.contains("testing/tests.rs:"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn refusals_name_the_request() {
    let kit = kit();
    let error = kit.client().hub_named("nosuch").connect().await.unwrap_err();
    assert_eq!(error.to_string(), "negotiate was refused with 400: A hub of connectionData could not be resolved.");
    let error = kit.client().user("").connect().await.unwrap_err();
    assert_eq!(error.to_string(), "not the name of a user");
}
