//! A client that does not read: its outbox is bounded, and the policy says what happens at the bound (section 13.4; P3, P6, P8).

use std::time::Duration;

use hub_core::{
    HubServer, Options, SlowClientPolicy,
    testing::{Closing, TestClient, TestServer, Transport},
};

use crate::{
    Tested,
    counters::Counters,
    hubs::{Chat, chat_server},
    log_text::LogText,
    noted::Noted,
};

fn options(policy: SlowClientPolicy) -> Options {
    Options::default().outbox_messages(10).slow_clients(policy)
}

fn kit(policy: SlowClientPolicy) -> (TestServer, Noted) {
    let noted = Noted::default();
    (TestServer::new(chat_server(&noted).options(options(policy)).build().unwrap()), noted)
}

/// A client whose link is full: the first message is being written, the rest waits in the outbox.
async fn stopped(kit: &TestServer, name: &str) -> TestClient {
    let client = kit.connect_as::<Chat>(name).await.unwrap();
    client.stop_reading();
    tell(kit, "under way").await;
    client
}

async fn tell(kit: &TestServer, text: &str) {
    kit.hubs().hub::<Chat>().clients().all().show(text);
    // Everyone who reads has it before the next one.
    tokio::time::sleep(Duration::from_millis(1)).await;
}

async fn shown(client: &TestClient) -> Vec<String> {
    client.all_calls().await.iter().map(|call| call.args::<(String,)>().0).collect()
}

fn hubs(kit: &TestServer) -> HubServer {
    kit.hubs()
}

#[tokio::test(start_paused = true)]
async fn disconnect_ends_transport_and_connection_with_the_reason() -> Tested {
    let (log, counters) = (LogText::start(), Counters::start());
    let (kit, noted) = kit(SlowClientPolicy::Disconnect);
    let slow = stopped(&kit, "slow").await;
    noted.take();
    for number in 0..10 {
        tell(&kit, &number.to_string()).await;
    }
    assert!(slow.is_connected(), "ten wait, as many as may");
    tell(&kit, "one too many").await;
    assert_eq!(slow.until_closed().await, Closing::Cut);
    kit.until_disconnected(slow.id()).await;
    assert_eq!(noted.quiet().await, ["chat: disconnected slow SlowClient"]);
    log.assert_one(&["WARN a slow client is disconnected", slow.id().as_ref()]);
    assert_eq!(counters.take("hub_slow_clients_total"), 1);
    assert_eq!(hubs(&kit).stats().queued_bytes, 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn drop_oldest_keeps_the_newest_and_counts_the_rest() -> Tested {
    let counters = Counters::start();
    let (kit, noted) = kit(SlowClientPolicy::DropOldest);
    let slow = stopped(&kit, "slow").await;
    for number in 0..25 {
        tell(&kit, &number.to_string()).await;
    }
    assert_eq!(counters.take("hub_messages_dropped_total"), 15);
    slow.read_again();
    let expected: Vec<String> =
        ["under way".to_owned()].into_iter().chain((15..25).map(|number: u32| number.to_string())).collect();
    assert_eq!(shown(&slow).await, expected);
    tell(&kit, "live").await;
    assert_eq!(shown(&slow).await, ["live"]);
    assert_eq!(noted.take(), ["chat: connected slow"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn drop_oldest_keeps_membership_changes_and_answers() -> Tested {
    let (kit, _) = kit(SlowClientPolicy::DropOldest);
    let slow = stopped(&kit, "slow").await;
    hubs(&kit).hub::<Chat>().groups().add(slow.id(), "g").await?;
    for number in 0..50 {
        tell(&kit, &number.to_string()).await;
    }
    slow.read_again();
    slow.until_groups_tokens(1).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn wait_holds_up_who_sends_to_that_connection_alone_and_nobody_else() -> Tested {
    let (kit, _) = kit(SlowClientPolicy::Wait);
    let slow = stopped(&kit, "slow").await;
    for number in 0..10 {
        tell(&kit, &number.to_string()).await;
    }
    let (hub, id) = (hubs(&kit).hub::<Chat>(), slow.id());
    let waiting = tokio::spawn(async move { hub.clients().client(id).show("patient").await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!waiting.is_finished(), "there is no room");
    let hub = hubs(&kit).hub::<Chat>();
    tokio::time::timeout(Duration::from_millis(1), hub.clients().all().show("to all").into_future()).await??;
    tokio::time::timeout(Duration::from_millis(1), hub.clients().clients([id, id]).show("to a list").into_future())
        .await??;
    drop(hub.clients().client(id).show("not awaited"));
    slow.read_again();
    waiting.await??;
    let mut expected = vec!["under way".to_owned()];
    expected.extend((0..10).map(|number: u32| number.to_string()));
    expected.extend(["patient", "to all", "to a list", "not awaited"].map(str::to_owned));
    assert_eq!(shown(&slow).await, expected);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn wait_is_over_when_the_connection_is() -> Tested {
    let (kit, _) = kit(SlowClientPolicy::Wait);
    let slow = stopped(&kit, "slow").await;
    for number in 0..10 {
        tell(&kit, &number.to_string()).await;
    }
    let (hub, id) = (hubs(&kit).hub::<Chat>(), slow.id());
    let waiting = tokio::spawn(async move { hub.clients().client(id).show("patient").await });
    tokio::time::sleep(Duration::from_millis(10)).await;
    slow.stop().await?;
    tokio::time::timeout(Duration::from_secs(1), waiting).await???;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn wait_bounds_sends_to_many_at_twice_the_bound() -> Tested {
    let counters = Counters::start();
    let (kit, _) = kit(SlowClientPolicy::Wait);
    let slow = stopped(&kit, "slow").await;
    for number in 0..50 {
        tell(&kit, &number.to_string()).await;
    }
    assert_eq!(counters.take("hub_messages_dropped_total"), 30);
    slow.read_again();
    assert_eq!(shown(&slow).await.len(), 21);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_policy_of_the_mount_is_the_one_that_holds() -> Tested {
    let hubs = chat_server(&Noted::default()).options(options(SlowClientPolicy::Disconnect)).build()?;
    let kit = TestServer::with_options(hubs, options(SlowClientPolicy::Wait))?;
    let slow = stopped(&kit, "slow").await;
    for number in 0..10 {
        tell(&kit, &number.to_string()).await;
    }
    let (hub, id) = (kit.hubs().hub::<Chat>(), slow.id());
    let waiting = tokio::spawn(async move { hub.clients().client(id).show("patient").await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!waiting.is_finished(), "the mount says wait");
    slow.read_again();
    waiting.await??;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_bound_is_in_bytes_as_well() -> Tested {
    let options = Options::default().outbox_bytes(10_000);
    let kit = TestServer::new(chat_server(&Noted::default()).options(options).build()?);
    let slow = stopped(&kit, "slow").await;
    for _ in 0..9 {
        tell(&kit, &"x".repeat(1_000)).await;
        assert!(kit.hubs().stats().queued_bytes <= 10_000);
    }
    assert!(slow.is_connected());
    tell(&kit, &"x".repeat(1_000)).await;
    assert_eq!(slow.until_closed().await, Closing::Cut);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_larger_than_the_bound_is_delivered_all_the_same() -> Tested {
    let options = Options::default().outbox_bytes(1_000);
    let kit = TestServer::new(chat_server(&Noted::default()).options(options).build()?);
    let ann = kit.connect::<Chat>().await?;
    tell(&kit, &"x".repeat(100_000)).await;
    assert_eq!(shown(&ann).await.first().map(String::len), Some(100_000));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_slow_client_never_delays_another() -> Tested {
    for policy in [SlowClientPolicy::Disconnect, SlowClientPolicy::DropOldest, SlowClientPolicy::Wait] {
        let (kit, _) = kit(policy);
        let healthy = kit.connect_as::<Chat>("healthy").await?;
        let mut slow = Vec::new();
        for _ in 0..20 {
            let client = kit.connect_as::<Chat>("slow").await?;
            client.stop_reading();
            slow.push(client);
        }
        for number in 0..100 {
            tell(&kit, &number.to_string()).await;
            assert_eq!(healthy.next_call().await.args::<(String,)>().0, number.to_string(), "{policy:?}");
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_process_bound_holds_over_all_connections_together() -> Tested {
    let options = Options::default().process_outbox_bytes(50_000);
    let kit = TestServer::new(chat_server(&Noted::default()).options(options).build()?);
    let mut slow = Vec::new();
    for _ in 0..20 {
        let client = kit.connect_as::<Chat>("slow").await?;
        client.stop_reading();
        slow.push(client);
    }
    for _ in 0..30 {
        tell(&kit, &"x".repeat(1_000)).await;
        assert!(kit.hubs().stats().queued_bytes <= 50_000 + 20 * 1_100, "{}", kit.hubs().stats().queued_bytes);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn at_the_process_bound_the_longest_queues_go_and_the_others_stay() -> Tested {
    let options = Options::default().process_outbox_bytes(50_000);
    let kit = TestServer::new(chat_server(&Noted::default()).options(options).build()?);
    let hog = stopped(&kit, "hog").await;
    let hub = kit.hubs().hub::<Chat>();
    for _ in 0..45 {
        hub.clients().client(hog.id()).show(&"x".repeat(1_000));
    }
    // One that is a moment behind, with one message queued, is not what fills the process.
    let modest = stopped(&kit, "modest").await;
    for number in 0..20 {
        tell(&kit, &format!("{number:0>1000}")).await;
    }
    assert_eq!(hog.until_closed().await, Closing::Cut);
    assert!(modest.is_connected());
    modest.read_again();
    assert_eq!(shown(&modest).await.len(), 21, "and it has lost nothing");
    Ok(())
}

/// Stopped clients, each with its first message being written.
async fn many_stopped(kit: &TestServer, name: &str, count: usize) -> Vec<TestClient> {
    let mut clients = Vec::new();
    for at in 0..count {
        clients.push(kit.connect_as::<Chat>(&format!("{name} {at}")).await.unwrap());
    }
    clients.iter().for_each(TestClient::stop_reading);
    tell(kit, "under way").await;
    clients
}

#[tokio::test(start_paused = true)]
async fn at_the_process_bound_those_give_way_who_can() -> Tested {
    const BOUND: usize = 50_000;
    let options = options(SlowClientPolicy::DropOldest).outbox_messages(1_000).process_outbox_bytes(BOUND);
    let kit = TestServer::new(chat_server(&Noted::default()).options(options).build()?);
    let many = many_stopped(&kit, "many", 200).await;
    let few = many_stopped(&kit, "few", 3).await;
    let hub = kit.hubs().hub::<Chat>();
    // One message, however long, cannot be halved: the longest queues cannot give way.
    for client in &few {
        hub.clients().client(client.id()).show(&"x".repeat(3_000));
    }
    for number in 0..20 {
        for client in &many {
            hub.clients().client(client.id()).show(&format!("{number:0>50}"));
            let queued = kit.hubs().stats().queued_bytes;
            assert!(queued <= BOUND + 1_000, "{queued}");
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn at_the_process_bound_nobody_goes_for_what_was_long_ago() -> Tested {
    let options = Options::default().process_outbox_bytes(50_000);
    let kit = TestServer::new(chat_server(&Noted::default()).options(options).build()?);
    let hub = kit.hubs().hub::<Chat>();
    let fill = |client: &TestClient| {
        hub.clients().client(client.id()).show(&"x".repeat(1_000));
    };
    let early = many_stopped(&kit, "early", 60).await;
    // Till the bound is reached, and one of them has gone for it.
    for client in &early {
        let before = kit.hubs().stats().queued_bytes;
        fill(client);
        if kit.hubs().stats().queued_bytes <= before + 100 {
            break;
        }
    }
    early.iter().for_each(TestClient::read_again);
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    let early: Vec<TestClient> = early.into_iter().filter(TestClient::is_connected).collect();
    assert_eq!((early.len(), kit.hubs().stats().queued_bytes), (59, 0));

    let hog = stopped(&kit, "hog").await;
    while kit.hubs().stats().queued_bytes < 42_000 {
        fill(&hog);
    }
    // A moment behind, each with one message.
    early.iter().for_each(TestClient::stop_reading);
    tell(&kit, "under way").await;
    early.iter().take(40).for_each(fill);
    assert_eq!(hog.until_closed().await, Closing::Cut);
    assert!(early.iter().all(TestClient::is_connected));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn at_the_process_bound_drop_oldest_ends_nobody() -> Tested {
    let options = options(SlowClientPolicy::DropOldest).outbox_messages(1_000).process_outbox_bytes(20_000);
    let kit = TestServer::new(chat_server(&Noted::default()).options(options).build()?);
    let slow = stopped(&kit, "slow").await;
    for number in 0..100 {
        tell(&kit, &format!("{number:0>1000}")).await;
        assert!(kit.hubs().stats().queued_bytes <= 22_000, "{}", kit.hubs().stats().queued_bytes);
    }
    slow.read_again();
    let shown = shown(&slow).await;
    assert!(slow.is_connected());
    assert_eq!(shown.last(), Some(&format!("{:0>1000}", 99)));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_lost_when_the_send_timeout_is_over() -> Tested {
    let (kit, noted) = kit(SlowClientPolicy::Disconnect);
    let slow = stopped(&kit, "slow").await;
    noted.take();
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert!(!slow.is_connected());
    slow.reconnect().await?;
    assert_eq!(shown(&slow).await, ["under way"], "what was being written is not lost");
    assert_eq!(noted.take(), ["chat: reconnected slow"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn between_two_polls_nothing_counts_as_slow() -> Tested {
    let (kit, noted) = kit(SlowClientPolicy::Disconnect);
    let ann = kit.client().hub::<Chat>().user("ann").transport(Transport::LongPolling).connect().await?;
    noted.take();
    ann.stop_reading();
    for number in 0..200 {
        tell(&kit, &number.to_string()).await;
    }
    ann.read_again();
    assert_eq!(shown(&ann).await.len(), 200, "the log has them");
    assert!(noted.quiet().await.is_empty());
    Ok(())
}
