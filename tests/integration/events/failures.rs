//! Events that fail, panic or take their time, and in which order they run.

use std::{sync::Arc, time::Duration};

use hub_core::{
    DisconnectReason, HubError, HubResult, HubServer, Options, hub,
    testing::{Closing, ConnectError, TestServer},
};
use tokio::sync::Semaphore;

use super::TRANSPORTS;
use crate::{Tested, hubs::Chat, log_text::LogText, noted::Noted};

/// Its events wait for leave, and fail or panic on demand.
#[hub(client = crate::hubs::Screen)]
#[derive(Default)]
struct Moody {
    noted: Noted,
    gate: Option<Arc<Semaphore>>,
    fails: Option<&'static str>,
}

#[hub]
impl Moody {
    #[hub_method(connected)]
    async fn begun(&self) -> HubResult {
        self.run("connected").await
    }

    #[hub_method(reconnected)]
    async fn back(&self) -> HubResult {
        self.run("reconnected").await
    }

    #[hub_method(disconnected)]
    async fn over(&self, reason: DisconnectReason) -> HubResult {
        self.run(&format!("disconnected {reason:?}")).await
    }

    #[hub_method]
    fn echo(&self, text: String) -> String {
        text
    }
}

impl Moody {
    async fn run(&self, event: &str) -> HubResult {
        if let Some(gate) = &self.gate {
            self.noted.note(format!("{event} begins"));
            gate.acquire().await?.forget();
        }
        match self.fails {
            Some("panic") => panic!("on purpose"),
            Some(fails) if event.starts_with(fails) => return Err(HubError::internal("secret")),
            _ => {}
        }
        self.noted.note(event);
        Ok(())
    }
}

fn moody(moody: Moody) -> TestServer {
    TestServer::new(HubServer::builder().hub(moody).hub(Chat::default()).options(Options::default()).build().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_failing_connected_event_refuses_start_and_ends_the_connection() -> Tested {
    let log = LogText::start();
    for transport in TRANSPORTS {
        let kit = moody(Moody { fails: Some("connected"), ..Moody::default() });
        let ann = kit.client().hub::<Moody>().transport(transport).open().await?;
        let refused = ann.start().await.unwrap_err();
        assert_eq!((refused.status, &*refused.text), (500, ""), "nothing of the error's text");
        kit.until_disconnected(ann.id()).await;
        assert!(!kit.knows(ann.id()));
    }
    assert_eq!(log.lines_with(&["ERROR an event failed", "secret"]).len(), 3);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_panicking_connected_event_is_a_failing_one() -> Tested {
    let kit = moody(Moody { fails: Some("panic"), ..Moody::default() });
    let ann = kit.client().hub::<Moody>().open().await?;
    assert_eq!(ann.start().await.unwrap_err().status, 500);
    kit.until_disconnected(ann.id()).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn below_1_4_a_failing_connected_event_ends_the_stream_before_it_is_live() -> Tested {
    for transport in TRANSPORTS {
        let kit = moody(Moody { fails: Some("connected"), ..Moody::default() });
        let refused = kit.client().hub::<Moody>().protocol("1.2").transport(transport).connect().await;
        assert!(matches!(refused, Err(ConnectError::NoInit { .. })), "{transport:?}: {refused:?}");
        assert_eq!(kit.hubs().stats().connections, 0, "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_failing_reconnected_event_ends_the_stream_and_the_connection_waits() -> Tested {
    let kit = moody(Moody { fails: Some("reconnected"), ..Moody::default() });
    let ann = kit.connect::<Moody>().await?;
    ann.drop_transport();
    ann.reconnect().await?;
    assert_eq!(ann.until_closed().await, Closing::Failed);
    assert!(kit.knows(ann.id()));
    kit.until_disconnected(ann.id()).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_failing_disconnected_event_is_logged_and_changes_nothing() -> Tested {
    let log = LogText::start();
    let kit = moody(Moody { fails: Some("disconnected"), ..Moody::default() });
    let ann = kit.connect::<Moody>().await?;
    ann.stop().await?;
    kit.until_disconnected(ann.id()).await;
    log.assert_one(&["ERROR an event failed", "secret"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_failing_hub_does_not_keep_the_others_from_their_events() -> Tested {
    let noted = Noted::default();
    let failing = Moody { fails: Some("connected"), ..Moody::default() };
    let hubs = HubServer::builder().hub(failing).hub(Chat { noted: noted.clone() }).build()?;
    let kit = TestServer::new(hubs);
    let ann = kit.client().hub::<Moody>().hub::<Chat>().user("ann").open().await?;
    assert_eq!(ann.start().await.unwrap_err().status, 500);
    kit.until_disconnected(ann.id()).await;
    assert_eq!(noted.quiet().await, ["chat: connected ann", "chat: disconnected ann ConnectedFailed"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_events_of_one_connection_run_one_after_the_other() -> Tested {
    let (noted, gate) = (Noted::default(), Arc::new(Semaphore::new(0)));
    let kit = moody(Moody { noted: noted.clone(), gate: Some(gate.clone()), fails: None });
    let ann = kit.client().hub::<Moody>().open().await?;
    let (started, ()) = tokio::join!(ann.start(), async {
        // The client leaves while its connected event runs.
        tokio::time::sleep(Duration::from_millis(1)).await;
        ann.stop().await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
        gate.add_permits(2);
    });
    started?;
    kit.until_disconnected(ann.id()).await;
    let (connected, over) = ("connected", "disconnected StopCalled");
    let expected = [format!("{connected} begins"), connected.to_owned(), format!("{over} begins"), over.to_owned()];
    assert_eq!(noted.quiet().await, expected);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_slow_disconnected_event_holds_up_nobody() -> Tested {
    let gate = Arc::new(Semaphore::new(1));
    let kit = moody(Moody { gate: Some(gate.clone()), ..Moody::default() });
    let ann = kit.connect::<Moody>().await?;
    ann.stop().await?;
    let bob = kit.connect::<Chat>().await?;
    assert_eq!(bob.invoke("echo", ("x",)).await?.result::<String>(), "x");
    gate.add_permits(1);
    kit.until_disconnected(ann.id()).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_event_that_has_begun_outlives_the_request_that_began_it() -> Tested {
    let (noted, gate) = (Noted::default(), Arc::new(Semaphore::new(0)));
    let kit = moody(Moody { noted: noted.clone(), gate: Some(gate.clone()), fails: None });
    let ann = kit.client().hub::<Moody>().open().await?;
    // The client breaks its request off.
    let broken = tokio::time::timeout(Duration::from_millis(1), ann.start()).await;
    assert!(broken.is_err());
    gate.add_permits(1);
    assert_eq!(noted.until(2).await, ["connected begins", "connected"]);
    Ok(())
}
