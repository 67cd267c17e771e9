//! The same promises with several threads at work: order, fences, one beginning and one end (P1, P2, P4, P7).

use std::sync::Arc;

use hub_core::{
    Options,
    testing::{TestServer, Transport},
};

use crate::{
    Tested,
    hubs::{Chat, chat_server},
    noted::Noted,
    random::Random,
};

const TRANSPORTS: [Transport; 3] = [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling];

fn kit(noted: &Noted) -> TestServer {
    // Whoever is slow here is so for want of a processor.
    let options = Options::default().outbox_messages(100_000).process_outbox_bytes(usize::MAX);
    TestServer::new(chat_server(noted).options(options).build().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_each_sender_sends_arrives_in_its_order_and_once_however_links_break() -> Tested {
    const SENDERS: usize = 4;
    const MESSAGES: usize = 400;
    let kit = kit(&Noted::default());
    let mut clients = Vec::new();
    for index in 0..6 {
        let client = kit.client().hub::<Chat>().transport(TRANSPORTS[index % 3]).connect().await?;
        client.invoke("join", ("g",)).await?;
        client.until_groups_tokens(1).await;
        clients.push(client);
    }
    let sending: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let hub = kit.hubs().hub::<Chat>();
            tokio::spawn(async move {
                for number in 0..MESSAGES {
                    hub.clients().groups(["g", "also g"]).show(&format!("{sender} {number}"));
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let mut random = Random::new(Random::seed_or(0xace));
    while sending.iter().any(|task| !task.is_finished()) {
        let client = &clients[random.below(clients.len())];
        if random.one_in(2) {
            client.drop_transport();
        }
        client.reconnect().await?;
        tokio::task::yield_now().await;
    }
    for client in &clients {
        let mut next = [0; SENDERS];
        for _ in 0..SENDERS * MESSAGES {
            let (text,) = client.next_call().await.args::<(String,)>();
            let (sender, number) = text.split_once(' ').ok_or("not a message of this test")?;
            let (sender, number): (usize, usize) = (sender.parse()?, number.parse()?);
            assert_eq!(number, next[sender], "of sender {sender}");
            next[sender] += 1;
        }
        client.no_calls().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_join_is_a_fence_for_every_thread() -> Tested {
    let kit = kit(&Noted::default());
    let ann = Arc::new(kit.connect::<Chat>().await?);
    let tasks: Vec<_> = (0..4)
        .map(|task| {
            let (hub, id) = (kit.hubs().hub::<Chat>(), ann.id());
            tokio::spawn(async move {
                let group = format!("g{task}");
                for round in 0..200 {
                    hub.clients().group(&group).show("never");
                    hub.groups().add(id, &group).await.unwrap();
                    hub.clients().group(&group).show(&format!("{task} {round}"));
                    hub.groups().remove(id, &group).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await?;
    }
    let mut next = [0; 4];
    for _ in 0..800 {
        let (text,) = ann.next_call().await.args::<(String,)>();
        let (task, round) = text.split_once(' ').ok_or("a message from before a join")?;
        let task: usize = task.parse()?;
        assert_eq!(round.parse::<usize>()?, next[task]);
        next[task] += 1;
    }
    ann.no_calls().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_life_has_one_beginning_and_one_end() -> Tested {
    let noted = Noted::default();
    let kit = kit(&noted);
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let kit = kit.clone();
            tokio::spawn(async move {
                for round in 0..15 {
                    let client = kit.client().hub::<Chat>().user(&format!("{task}-{round}"));
                    let client = client.transport(TRANSPORTS[round % 3]).connect().await.unwrap();
                    client.invoke("join", ("g",)).await.unwrap();
                    // Both at once: the client leaves while it comes back.
                    let (came, left) = tokio::join!(client.reconnect(), client.stop());
                    left.unwrap();
                    drop(came);
                    client.stop().await.unwrap();
                    kit.until_disconnected(client.id()).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await?;
    }
    let stats = kit.hubs().stats();
    assert_eq!((stats.connections, stats.groups), (0, 0));
    let notes = noted.quiet().await;
    for task in 0..8 {
        for round in 0..15 {
            let name = format!(" {task}-{round}");
            let of = |event: &str| {
                let begins = format!("chat: {event}{name}");
                notes.iter().filter(|note| **note == begins || note.starts_with(&format!("{begins} "))).count()
            };
            assert_eq!(of("connected"), 1, "{name}");
            // A client that came back after its end had a second life, which ended as well.
            let ends = of("disconnected");
            assert!(ends == 1 || (ends == 2 && of("reconnected") >= 1), "{name}: {ends} ends");
        }
    }
    Ok(())
}
