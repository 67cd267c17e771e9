//! A client that comes back: what it missed is read from the log, in order, nothing lost, nothing twice, and a gap is counted (sections 5.1,
//! 5.2, 13.1; P1 to P3, P6).

use std::time::Duration;

use hub_core::{
    ConnectionId, Options,
    testing::{TestClient, TestServer, Transport},
};

use crate::{
    Tested,
    counters::Counters,
    hubs::{Chat, Second, chat_server},
    log_text::LogText,
    noted::Noted,
    random::Random,
};

const TRANSPORTS: [Transport; 3] = [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling];

fn kit_with(options: Options) -> TestServer {
    TestServer::new(chat_server(&Noted::default()).options(options).build().unwrap())
}

fn kit() -> TestServer {
    kit_with(Options::default())
}

fn say(kit: &TestServer, group: &str, text: impl ToString) {
    kit.hubs().hub::<Chat>().clients().group(group).show(&text.to_string());
}

async fn shown(client: &TestClient) -> Vec<String> {
    client.all_calls().await.iter().map(|call| call.args::<(String,)>().0).collect()
}

fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn ten_things_said_while_it_was_away_come_in_order_and_once() -> Tested {
    for transport in TRANSPORTS {
        let kit = kit();
        let ann = kit.client().hub::<Chat>().transport(transport).connect().await?;
        ann.invoke("join", ("g",)).await?;
        ann.until_groups_tokens(1).await;
        ann.drop_transport();
        for number in 0..10 {
            say(&kit, "g", number);
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
        ann.reconnect().await?;
        assert_eq!(shown(&ann).await, numbers(0..10), "{transport:?}");
        say(&kit, "g", 10);
        assert_eq!(shown(&ann).await, ["10"], "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_was_written_and_lost_on_the_way_comes_again() -> Tested {
    for transport in TRANSPORTS {
        let kit = kit();
        let ann = kit.client().hub::<Chat>().transport(transport).connect().await?;
        ann.invoke("join", ("g",)).await?;
        ann.until_groups_tokens(1).await;
        say(&kit, "g", "arrived");
        assert_eq!(shown(&ann).await, ["arrived"]);
        ann.black_hole();
        say(&kit, "g", "lost");
        assert!(shown(&ann).await.is_empty());
        ann.drop_transport();
        ann.reconnect().await?;
        assert_eq!(shown(&ann).await, ["lost"], "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn many_thousand_missed_messages_come_completely_while_new_ones_go_on() -> Tested {
    for transport in TRANSPORTS {
        let kit = kit_with(Options::default().outbox_messages(100));
        let ann = kit.client().hub::<Chat>().transport(transport).connect().await?;
        ann.invoke("join", ("g",)).await?;
        ann.until_groups_tokens(1).await;
        ann.drop_transport();
        // The server notices on its own task; until then what is said would fill the outbox.
        tokio::time::sleep(Duration::from_millis(1)).await;
        for number in 0..12_000 {
            say(&kit, "g", number);
        }
        ann.reconnect().await?;
        for number in 12_000..12_050 {
            say(&kit, "g", number);
            tokio::task::yield_now().await;
        }
        assert_eq!(shown(&ann).await, numbers(0..12_050), "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_reconnect_with_the_link_still_up_loses_and_doubles_nothing() -> Tested {
    let kit = kit();
    let ann = kit.connect::<Chat>().await?;
    ann.invoke("join", ("g",)).await?;
    ann.until_groups_tokens(1).await;
    let mut expected = 0;
    for round in 0..20 {
        for number in round * 5..round * 5 + 5 {
            say(&kit, "g", number);
        }
        if round % 2 == 0 {
            tokio::task::yield_now().await;
        }
        ann.reconnect().await?;
        expected += 5;
    }
    assert_eq!(shown(&ann).await, numbers(0..expected));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn everything_that_is_for_it_is_replayed_and_nothing_else() -> Tested {
    let kit = kit();
    let ann = kit.client().hub::<Chat>().user("ann").connect().await?;
    let bob = kit.client().hub::<Chat>().user("bob").connect().await?;
    for group in ["a", "b"] {
        ann.invoke("join", (group,)).await?;
    }
    ann.until_groups_tokens(2).await;
    ann.drop_transport();
    let hub = kit.hubs().hub::<Chat>();
    let clients = hub.clients();
    let (me, you) = (ann.id(), bob.id());
    clients.all().show("1 all");
    clients.all_except([me]).show("not for ann");
    clients.client(me).show("2 client");
    clients.client(you).show("not for ann");
    clients.clients([you, me]).show("3 clients");
    clients.group("a").show("4 group");
    clients.group_except("a", [me]).show("not for ann");
    clients.group_except("a", [you]).show("5 group except another");
    clients.groups(["a", "b"]).show("6 both groups");
    clients.group("c").show("not for ann");
    clients.user("ann").show("7 user");
    clients.users(["ann", "bob"]).show("8 users");
    clients.user("bob").show("not for ann");
    kit.hubs().hub::<Second>().clients().all().show("not for ann");
    ann.reconnect().await?;
    let shown = shown(&ann).await;
    assert_eq!(shown.len(), 8, "{shown:?}");
    for (index, text) in shown.iter().enumerate() {
        assert!(text.starts_with(&(index + 1).to_string()), "{shown:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_group_is_replayed_from_its_joins_to_its_leaves() -> Tested {
    let kit = kit();
    let ann = kit.connect::<Chat>().await?;
    ann.drop_transport();
    let groups = kit.hubs().hub::<Chat>().groups().clone();
    say(&kit, "g", "before");
    groups.add(ann.id(), "g").await?;
    say(&kit, "g", "1");
    groups.remove(ann.id(), "g").await?;
    say(&kit, "g", "between");
    groups.add(ann.id(), "g").await?;
    say(&kit, "g", "2");
    ann.reconnect().await?;
    assert_eq!(shown(&ann).await, ["1", "2"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn progress_that_was_missed_is_replayed_too() -> Tested {
    use hub_core::{HubResult, HubServer, Progress, hub};
    #[hub]
    struct Work;
    #[hub]
    impl Work {
        #[hub_method]
        async fn run(&self, progress: &Progress<u32>) -> HubResult {
            for step in 1..=3 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                progress.report(&step)?;
            }
            Ok(())
        }
    }
    let kit = TestServer::new(HubServer::builder().hub(Work).build()?);
    // The call is a request of its own, so that it does not end with the stream.
    let ann = kit.client().hub::<Work>().transport(Transport::ServerSentEvents).connect().await?;
    let mut call = ann.invoke("run", ());
    assert_eq!(call.next_progress::<u32>().await, 1);
    ann.drop_transport();
    call.answer().await?;
    ann.reconnect().await?;
    assert_eq!(call.next_progress::<u32>().await, 2);
    assert_eq!(call.next_progress::<u32>().await, 3);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_quiet_group_in_a_busy_server_loses_nothing() -> Tested {
    let (log, counters) = (LogText::start(), Counters::start());
    let kit = kit_with(Options::default().log_bytes(100_000));
    let (ann, busy) = (kit.connect::<Chat>().await?, kit.connect::<Chat>().await?);
    ann.invoke("join", ("quiet",)).await?;
    busy.invoke("join", ("busy",)).await?;
    say(&kit, "quiet", "seen");
    assert_eq!(shown(&ann).await, ["seen"]);
    ann.drop_transport();
    for number in 0..5_000 {
        say(&kit, "busy", number);
        if number % 100 == 0 {
            tokio::task::yield_now().await;
        }
    }
    say(&kit, "quiet", "missed");
    ann.reconnect().await?;
    assert_eq!(shown(&ann).await, ["missed"]);
    log.assert_none(&["had left the log"]);
    assert_eq!(counters.take("hub_replay_gaps_total"), 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_gap_is_logged_and_counted_and_what_is_left_comes() -> Tested {
    let (log, counters) = (LogText::start(), Counters::start());
    let kit = kit_with(Options::default().log_bytes(100_000));
    let ann = kit.connect::<Chat>().await?;
    ann.invoke("join", ("g",)).await?;
    ann.until_groups_tokens(1).await;
    ann.drop_transport();
    // The server notices on its own task; until then what is said would fill the outbox.
    tokio::time::sleep(Duration::from_millis(1)).await;
    for number in 0..2_000 {
        say(&kit, "g", number);
    }
    ann.reconnect().await?;
    let shown = shown(&ann).await;
    assert!((50..2_000).contains(&shown.len()), "{}", shown.len());
    assert_eq!(shown, numbers(2_000 - shown.len() as u32..2_000), "the newest, without a hole");
    log.assert_one(&["WARN a client came back after some of its messages had left the log"]);
    assert_eq!(counters.take("hub_replay_gaps_total"), 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn entries_are_kept_for_the_disconnect_timeout_and_twice_the_keep_alive() -> Tested {
    let kit = kit();
    let ann = kit.connect::<Chat>().await?;
    ann.invoke("tellAll", ("x",)).await?;
    assert!(kit.hubs().stats().log_entries >= 1);
    tokio::time::sleep(Duration::from_secs(45)).await;
    assert!(kit.hubs().stats().log_entries >= 1);
    for _ in 0..2 {
        ann.invoke("tellAll", ("x",)).await?;
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    assert_eq!(kit.hubs().stats().log_entries, 1, "the newest stays");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_log_is_bounded_in_bytes() -> Tested {
    let kit = kit_with(Options::default().log_bytes(50_000));
    let hub = kit.hubs().hub::<Chat>();
    for number in 0..5_000 {
        hub.clients().all().show(&"x".repeat(number % 500));
        assert!(kit.hubs().stats().log_bytes <= 50_000 + 2_000);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn messages_to_ids_that_nobody_has_fill_nothing() -> Tested {
    let kit = kit();
    let hub = kit.hubs().hub::<Chat>();
    for number in 0..1_000 {
        hub.clients().client(format!("nobody-{number}")).show("x");
    }
    assert_eq!(kit.hubs().stats().log_entries, 0);
    Ok(())
}

/// Random breaks of the link, in the ways in which it breaks, under constant sends.
#[tokio::test(start_paused = true)]
async fn whatever_the_link_does_nothing_is_lost_doubled_or_reordered() -> Tested {
    let seed = Random::seed_or(0x10c);
    println!("HUB_TEST_SEED={seed}");
    let mut random = Random::new(seed);
    let kit = kit_with(Options::default().outbox_messages(100_000));
    let mut clients = Vec::new();
    for index in 0..6 {
        let client = kit.client().hub::<Chat>().transport(TRANSPORTS[index % 3]).connect().await?;
        client.invoke("join", ("g",)).await?;
        client.until_groups_tokens(1).await;
        clients.push((client, Vec::new()));
    }
    for number in 0..1_500 {
        say(&kit, "g", number);
        let (client, heard) = &mut clients[random.below(6)];
        match random.below(12) {
            0 => client.drop_transport(),
            1 => client.black_hole(),
            2 => client.stop_reading(),
            3 => {
                client.drop_transport();
                client.set_transport(TRANSPORTS[random.below(3)]);
                client.reconnect().await?;
            }
            4 => client.reconnect().await?,
            5 => heard.extend(shown(client).await),
            _ => tokio::task::yield_now().await,
        }
    }
    for (client, mut heard) in clients {
        client.drop_transport();
        client.reconnect().await?;
        heard.extend(shown(&client).await);
        assert_eq!(heard, numbers(0..1_500), "seed {seed}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn ids_of_the_past_are_remembered_for_messages_to_them() -> Tested {
    let kit = kit();
    let ann = kit.connect::<Chat>().await?;
    let id: ConnectionId = ann.id();
    ann.drop_transport();
    kit.until_disconnected(id).await;
    kit.hubs().hub::<Chat>().clients().client(id).show("for later");
    ann.reconnect().await?;
    assert_eq!(shown(&ann).await, ["for later"]);
    Ok(())
}
