//! The life of a connection: one connected or reconnected event begins it, one disconnected event ends it (sections 1.7, 5.4, 13.1; P7).

mod failures;

use std::time::Duration;

use hub_core::{
    HubContext, HubServer, hub,
    testing::{TestServer, Transport},
};
use tokio::time::Instant;

use crate::{
    Tested,
    hubs::{Chat, Second, chat_server},
    noted::Noted,
};

const TRANSPORTS: [Transport; 3] = [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling];

fn kit() -> (TestServer, Noted) {
    let noted = Noted::default();
    (TestServer::new(chat_server(&noted).build().unwrap()), noted)
}

/// Notes of two hubs run side by side: their order among each other says nothing.
fn sorted(mut notes: Vec<String>) -> Vec<String> {
    notes.sort();
    notes
}

#[tokio::test(start_paused = true)]
async fn connected_runs_at_start_and_not_before() -> Tested {
    for transport in TRANSPORTS {
        let (kit, noted) = kit();
        let ann = kit.client().hub::<Chat>().user("ann").transport(transport).open().await?;
        assert!(noted.quiet().await.is_empty(), "{transport:?}");
        ann.start().await?;
        assert_eq!(noted.take(), ["chat: connected ann"], "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_second_start_is_answered_and_does_nothing() -> Tested {
    let (kit, noted) = kit();
    let ann = kit.connect_as::<Chat>("ann").await?;
    ann.start().await?;
    ann.start().await?;
    assert_eq!(noted.quiet().await, ["chat: connected ann"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn below_protocol_1_4_connected_runs_inside_connect_before_the_stream_is_live() -> Tested {
    for protocol in ["1.2", "1.3"] {
        for transport in TRANSPORTS {
            let (kit, noted) = kit();
            kit.client().hub::<Chat>().user("ann").protocol(protocol).transport(transport).open().await?;
            assert_eq!(
                noted.all().first().map(String::as_str),
                Some("chat: connected ann"),
                "{protocol} {transport:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn stopping_is_told_once_and_at_once() -> Tested {
    for transport in TRANSPORTS {
        let (kit, noted) = kit();
        let ann = kit.client().hub::<Chat>().user("ann").transport(transport).connect().await?;
        noted.take();
        let before = Instant::now();
        ann.stop().await?;
        kit.until_disconnected(ann.id()).await;
        assert!(before.elapsed() < Duration::from_secs(1), "{transport:?}");
        ann.stop().await?;
        assert_eq!(noted.quiet().await, ["chat: disconnected ann StopCalled"], "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_come_back_is_timed_out_once() -> Tested {
    for (transport, seconds) in
        [(Transport::WebSockets, 35), (Transport::ServerSentEvents, 35), (Transport::LongPolling, 30)]
    {
        let (kit, noted) = kit();
        let ann = kit.client().hub::<Chat>().user("ann").transport(transport).connect().await?;
        noted.take();
        ann.drop_transport();
        let before = Instant::now();
        kit.until_disconnected(ann.id()).await;
        let waited = before.elapsed().as_secs_f64();
        assert!((f64::from(seconds) - 0.5..f64::from(seconds) + 0.5).contains(&waited), "{transport:?}: {waited}");
        assert_eq!(noted.quiet().await, ["chat: disconnected ann TimedOut"], "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn coming_back_in_time_is_reconnected_and_nothing_else() -> Tested {
    for transport in TRANSPORTS {
        let (kit, noted) = kit();
        let ann = kit.client().hub::<Chat>().user("ann").transport(transport).connect().await?;
        noted.take();
        ann.drop_transport();
        tokio::time::sleep(Duration::from_secs(25)).await;
        ann.reconnect().await?;
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(noted.take(), ["chat: reconnected ann"], "{transport:?}");
        assert!(kit.knows(ann.id()));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_after_the_link_broke_is_a_stop() -> Tested {
    let (kit, noted) = kit();
    let ann = kit.connect_as::<Chat>("ann").await?;
    noted.take();
    ann.drop_transport();
    ann.stop().await?;
    kit.until_disconnected(ann.id()).await;
    assert_eq!(noted.quiet().await, ["chat: disconnected ann StopCalled"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn coming_back_after_the_end_begins_a_new_life() -> Tested {
    let (kit, noted) = kit();
    let ann = kit.connect_as::<Chat>("ann").await?;
    ann.drop_transport();
    kit.until_disconnected(ann.id()).await;
    noted.take();
    ann.reconnect().await?;
    assert_eq!(noted.until(1).await, ["chat: reconnected ann"]);
    ann.stop().await?;
    kit.until_disconnected(ann.id()).await;
    assert_eq!(noted.quiet().await, ["chat: disconnected ann StopCalled"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_reconnect_to_a_restarted_server_begins_a_life_there() -> Tested {
    for transport in TRANSPORTS {
        let (kit, noted) = kit();
        let ann = kit.client().hub::<Chat>().user("ann").transport(transport).connect().await?;
        kit.restart(chat_server(&noted).build()?);
        noted.quiet().await;
        ann.reconnect().await?;
        assert_eq!(noted.until(1).await, ["chat: reconnected ann"], "{transport:?}");
        ann.stop().await?;
        kit.until_disconnected(ann.id()).await;
        assert_eq!(noted.quiet().await, ["chat: disconnected ann StopCalled"], "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_poll_raises_no_event_on_the_server_that_knows_it() -> Tested {
    let (kit, noted) = kit();
    let ann = kit.client().hub::<Chat>().user("ann").transport(Transport::LongPolling).connect().await?;
    for _ in 0..3 {
        ann.invoke("tellAll", ("x",)).await?;
        ann.next_call().await;
    }
    assert_eq!(noted.quiet().await, ["chat: connected ann"]);
    ann.drop_transport();
    ann.poll().await?;
    assert!(noted.quiet().await.is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_poll_of_a_connection_that_the_server_does_not_know_is_a_reconnect() -> Tested {
    let (kit, noted) = kit();
    let ann = kit.client().hub::<Chat>().user("ann").transport(Transport::LongPolling).connect().await?;
    ann.invoke("join", ("g",)).await?;
    ann.until_groups_tokens(1).await;
    kit.restart(chat_server(&noted).build()?);
    noted.quiet().await;
    ann.poll().await?;
    assert_eq!(noted.until(1).await, ["chat: reconnected ann"]);
    assert_eq!(kit.members::<Chat>("g"), [ann.id()]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_never_started_ends_without_an_event() -> Tested {
    let (kit, noted) = kit();
    let ann = kit.client().hub::<Chat>().user("ann").open().await?;
    let bob = kit.client().hub::<Chat>().user("bob").open().await?;
    ann.stop().await?;
    bob.drop_transport();
    kit.until_disconnected(bob.id()).await;
    assert!(noted.quiet().await.is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_second_connect_replaces_the_first_stream_without_an_event() -> Tested {
    let (kit, noted) = kit();
    let ann = kit.client().hub::<Chat>().user("ann").open().await?;
    ann.set_transport(Transport::ServerSentEvents);
    ann.connect_again().await?;
    ann.set_transport(Transport::LongPolling);
    ann.connect_again().await?;
    ann.start().await?;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(noted.take(), ["chat: connected ann"]);
    assert_eq!(kit.hubs().stats().connections, 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn start_may_come_before_the_stream_and_what_it_sends_is_not_lost() -> Tested {
    #[hub(client = crate::hubs::Screen)]
    struct Greeting;
    #[hub]
    impl Greeting {
        #[hub_method(connected)]
        fn greet(&self, cx: &HubContext<Self>) {
            cx.groups().add(cx.connection_id(), "greeted");
            cx.clients().caller().show("to you");
            cx.clients().group("greeted").show("to the group");
        }
    }
    let kit = TestServer::new(HubServer::builder().hub(Greeting).build()?);
    // One of the published clients asks for both at once.
    let ann = kit.client().hub::<Greeting>().negotiate().await?;
    ann.start().await?;
    ann.connect_again().await?;
    ann.until_groups_tokens(1).await;
    ann.expect_call("show", ("to you",)).await;
    ann.expect_call("show", ("to the group",)).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_start_that_no_stream_follows_ends_by_time_out() -> Tested {
    let (kit, noted) = kit();
    let ann = kit.client().hub::<Chat>().user("ann").negotiate().await?;
    ann.start().await?;
    kit.until_disconnected(ann.id()).await;
    assert_eq!(noted.quiet().await, ["chat: connected ann", "chat: disconnected ann TimedOut"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn every_listed_hub_has_its_events() -> Tested {
    let (kit, noted) = kit();
    let ann = kit.client().hub::<Chat>().hub::<Second>().user("ann").connect().await?;
    assert_eq!(sorted(noted.take()), ["chat: connected ann", "second: connected ann"]);
    ann.drop_transport();
    ann.reconnect().await?;
    assert_eq!(sorted(noted.until(2).await), ["chat: reconnected ann", "second: reconnected ann"]);
    ann.stop().await?;
    assert_eq!(
        sorted(noted.until(2).await),
        ["chat: disconnected ann StopCalled", "second: disconnected ann StopCalled"]
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_hub_that_is_listed_later_begins_with_reconnected_and_ends_with_disconnected() -> Tested {
    let (kit, noted) = kit();
    let ann = kit.connect_as::<Chat>("ann").await?;
    ann.drop_transport();
    ann.set_hubs(&["chat", "second"]);
    ann.reconnect().await?;
    noted.until(3).await;
    ann.stop().await?;
    assert_eq!(
        sorted(noted.until(2).await),
        ["chat: disconnected ann StopCalled", "second: disconnected ann StopCalled"]
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_hub_that_is_no_longer_listed_still_has_its_disconnected_event() -> Tested {
    let (kit, noted) = kit();
    let ann = kit.client().hub::<Chat>().hub::<Second>().user("ann").connect().await?;
    ann.drop_transport();
    ann.set_hubs(&["chat"]);
    ann.reconnect().await?;
    assert_eq!(sorted(noted.until(3).await).last().map(String::as_str), Some("second: connected ann"));
    ann.stop().await?;
    kit.until_disconnected(ann.id()).await;
    assert_eq!(
        sorted(noted.quiet().await),
        ["chat: disconnected ann StopCalled", "second: disconnected ann StopCalled"]
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn items_live_as_long_as_the_connection() -> Tested {
    #[hub]
    struct Keeper;
    #[hub]
    impl Keeper {
        #[hub_method(connected)]
        fn begun(&self, cx: &HubContext<Self>) {
            cx.items().insert(1_u32);
        }
        #[hub_method]
        fn count(&self, items: &hub_core::Items) -> u32 {
            let count = items.get::<u32>().map_or(0, |count| *count);
            items.insert(count + 1);
            count
        }
    }
    let kit = TestServer::new(HubServer::builder().hub(Keeper).build()?);
    let ann = kit.connect::<Keeper>().await?;
    assert_eq!(ann.invoke("count", ()).await?.result::<u32>(), 1);
    ann.drop_transport();
    ann.reconnect().await?;
    assert_eq!(ann.invoke("count", ()).await?.result::<u32>(), 2);
    let bob = kit.connect::<Keeper>().await?;
    assert_eq!(bob.invoke("count", ()).await?.result::<u32>(), 1, "each connection has its own");
    Ok(())
}
