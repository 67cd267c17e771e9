//! Stateful reconnect (section 4).

use std::{sync::Arc, time::Duration};

use futures_util::{Stream, StreamExt as _};
use hub_core::{
    Caller, Clients, ConnectionId, HubContext, HubResult, HubServer, Options, StreamReceiver, User,
    core::{Closing, CoreMount, Opened, Transport},
    hub, hub_client,
};
use serde_json::json;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

use super::{CoreClient, client::request};
use crate::Tested;

#[hub_client]
trait Page {
    fn said(&self, number: u32);
}

#[hub(name = "stateful", client = Page)]
struct Stateful {
    /// Passed by the disconnected event.
    gate: Arc<Semaphore>,
}

#[hub]
impl Stateful {
    #[hub_method]
    async fn flood(&self, clients: &Clients<Self>, count: u32) -> HubResult {
        for number in 1..=count {
            clients.caller().said(number).await?;
        }
        Ok(())
    }

    /// Sends as much without waiting, and ends the connection.
    #[hub_method]
    fn farewell(&self, cx: &HubContext<Self>, count: u32) {
        for number in 1..=count {
            cx.clients().caller().said(number);
        }
        cx.abort();
    }

    #[hub_method]
    fn mirror(&self, texts: StreamReceiver<String>) -> impl Stream<Item = HubResult<String>> + use<> {
        texts.map(|text| Ok(text?))
    }

    #[hub_method(disconnected)]
    async fn gone(&self) -> HubResult {
        drop(self.gate.acquire().await?);
        Ok(())
    }

    #[hub_method]
    fn id(&self, caller: &Caller) -> ConnectionId {
        caller.connection_id()
    }
}

fn mount() -> Result<CoreMount, Box<dyn std::error::Error>> {
    mount_with_gate(Arc::new(Semaphore::new(1)))
}

fn mount_with_gate(gate: Arc<Semaphore>) -> Result<CoreMount, Box<dyn std::error::Error>> {
    let hubs = HubServer::builder().hub(Stateful { gate }).build()?;
    let options = Options::default()
        .allow_stateful_reconnects(true)
        .stateful_reconnect_buffer_size(200)
        .transport_max_buffer_size(200);
    Ok(hubs.core_mount::<Stateful>(options)?)
}

#[tokio::test]
async fn a_client_that_comes_back_is_told_where_it_stands_and_misses_nothing() -> Tested {
    let mount = mount()?;
    let mut client = CoreClient::connect_stateful(&mount, None).await;
    let id = client.invoke("id", json!([])).await["result"].clone();
    client.call("1", "flood", json!([2])).await;
    for number in [1, 2] {
        assert_eq!(client.next().await["arguments"], json!([number]));
    }
    assert_eq!(client.next().await["type"], 3);
    client.send(json!({"type": 8, "sequenceId": 2})).await;
    // The answer says that what was sent before has been heard.
    client.invoke("id", json!([])).await;
    client.come_back(&mount, None).await;
    assert_eq!(client.next().await, json!({"type": 9, "sequenceId": 3}));
    assert_eq!(client.next().await["arguments"], json!([2]));
    assert_eq!(client.next().await["invocationId"], "1");
    assert_eq!(client.next().await["invocationId"], "i");
    client.send(json!({"type": 9, "sequenceId": 4})).await;
    client.send(json!({"type": 8, "sequenceId": 5})).await;
    assert_eq!(client.invoke("id", json!([])).await["result"], id);
    Ok(())
}

#[tokio::test]
async fn nobody_else_comes_back_with_a_connection() -> Tested {
    let mount = mount()?;
    let (ann, bob) = (User::new("ann")?, User::new("bob")?);
    let mut client = CoreClient::connect_stateful(&mount, Some(&ann)).await;
    for user in [Some(&bob), None] {
        let refused = CoreClient::open(&mount, &client.token, user).await.unwrap_err();
        assert_eq!(refused.status, 403);
    }
    assert!(client.invoke("id", json!([])).await["result"].is_string(), "the old socket still works");
    Ok(())
}

#[tokio::test]
async fn a_number_that_cannot_be_ends_the_connection() -> Tested {
    for number in [0, -1, 3] {
        let mut client = CoreClient::connect_stateful(&mount()?, None).await;
        client.send(json!({"type": 9, "sequenceId": number})).await;
        let closed = client.closed().await;
        assert_eq!(closed["error"], "Connection closed with an error.");
    }
    Ok(())
}

#[tokio::test]
async fn an_acknowledgement_is_heard_behind_a_call_that_waits() -> Tested {
    let mount = mount()?;
    let mut client = CoreClient::connect_stateful(&mount, None).await;
    // More than the buffer and the outbox hold, and a call behind it that waits for its turn.
    client.call("1", "flood", json!([100])).await;
    client.call("2", "id", json!([])).await;
    for number in 1..=100 {
        let next = client.next().await;
        assert_eq!(next["arguments"], json!([number]), "{next}");
        client.send(json!({"type": 8, "sequenceId": number})).await;
    }
    assert_eq!(client.next().await["invocationId"], "1");
    client.send(json!({"type": 8, "sequenceId": 101})).await;
    assert_eq!(client.next().await["invocationId"], "2");
    Ok(())
}

#[tokio::test]
async fn a_client_that_comes_back_twice_in_a_row_is_told_once() -> Tested {
    let mount = mount()?;
    let mut client = CoreClient::connect_stateful(&mount, None).await;
    client.call("1", "flood", json!([2])).await;
    for number in [1, 2] {
        assert_eq!(client.next().await["arguments"], json!([number]));
    }
    assert_eq!(client.next().await["invocationId"], "1");
    // The first of the new sockets is lost before anything was written to it.
    client.come_back(&mount, None).await;
    client.come_back(&mount, None).await;
    assert_eq!(client.next().await, json!({"type": 9, "sequenceId": 1}));
    for number in [1, 2] {
        assert_eq!(client.next().await["arguments"], json!([number]));
    }
    assert_eq!(client.next().await["invocationId"], "1");
    assert!(client.invoke("id", json!([])).await["result"].is_string());
    Ok(())
}

#[tokio::test]
async fn what_the_old_socket_still_brings_is_passed_over() -> Tested {
    let mount = mount()?;
    let mut client = CoreClient::connect_stateful(&mount, None).await;
    let old = client.come_back_beside(&mount).await;
    let late = "{\"type\":1,\"invocationId\":\"late\",\"target\":\"id\",\"arguments\":[]}\u{1e}";
    assert!(!old.push(late.into()), "nobody takes it");
    drop(old);
    assert_eq!(client.next().await, json!({"type": 9, "sequenceId": 1}));
    client.send(json!({"type": 9, "sequenceId": 1})).await;
    assert!(client.invoke("id", json!([])).await["result"].is_string());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_old_transport_that_looks_late_does_not_make_the_new_one_deaf() -> Tested {
    let hubs = HubServer::builder().hub(Stateful { gate: Arc::new(Semaphore::new(1)) }).build()?;
    let mount = hubs.core_mount::<Stateful>(Options::default().allow_stateful_reconnects(true))?;
    let mut client = CoreClient::connect_stateful(&mount, None).await;
    let old = client.come_back_beside(&mount).await;
    assert_eq!(client.next().await, json!({"type": 9, "sequenceId": 1}));
    let begun = Instant::now();
    let waiting = tokio::spawn(async move {
        client.next().await;
        begun.elapsed()
    });
    tokio::task::yield_now().await;
    old.ready().await;
    drop(old);
    hubs.hub::<Stateful>().clients().all().said(1).await?;
    assert!(waiting.await? < Duration::from_secs(1), "it is told when there is something");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_is_replaced_hears_of_it_whoever_looked_late_before() -> Tested {
    let mount = mount()?;
    let client = CoreClient::connect_stateful(&mount, None).await;
    let old = CoreClient::open(&mount, &client.token, None).await.unwrap();
    let mut replaced = CoreClient::open(&mount, &client.token, None).await.unwrap();
    replaced.ready().await;
    assert_eq!(replaced.take().frames.len(), 1, "where the client stands");
    let begun = Instant::now();
    let waiting = tokio::spawn(async move {
        replaced.ready().await;
        (begun.elapsed(), replaced.take().closing)
    });
    tokio::task::yield_now().await;
    old.ready().await;
    let _newest = CoreClient::open(&mount, &client.token, None).await.unwrap();
    let (after, closing) = timeout(Duration::from_secs(60), waiting).await??;
    assert_eq!(closing, Some(Closing::Replaced));
    assert!(after < Duration::from_secs(1), "{after:?}");
    Ok(())
}

#[tokio::test]
async fn a_message_that_the_loss_cut_short_is_told_anew() -> Tested {
    let mount = mount()?;
    let mut client = CoreClient::connect_stateful(&mount, None).await;
    let call = "{\"type\":1,\"invocationId\":\"1\",\"target\":\"id\",\"arguments\":[]}\u{1e}";
    client.send_text(&format!("{call}{}", &call[..20])).await;
    client.come_back(&mount, None).await;
    assert_eq!(client.next().await, json!({"type": 9, "sequenceId": 1}));
    assert_eq!(client.next().await["invocationId"], "1");
    client.send(json!({"type": 9, "sequenceId": 2})).await;
    client.send_text(call).await;
    assert_eq!(client.next().await["invocationId"], "1");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_that_was_lost_is_given_anew() -> Tested {
    let mount = mount()?;
    let mut client = CoreClient::connect_stateful(&mount, None).await;
    for _ in 0..3 {
        client.invoke("id", json!([])).await;
    }
    // What the loss took is the acknowledgement of all there is: no later message brings another one.
    assert_eq!(client.acknowledged().await, 3);
    client.come_back(&mount, None).await;
    assert_eq!(client.next().await, json!({"type": 9, "sequenceId": 1}));
    client.send(json!({"type": 9, "sequenceId": 1})).await;
    assert_eq!(client.acknowledged().await, 3);
    // A client that begins behind the last message has heard it.
    client.come_back(&mount, None).await;
    client.send(json!({"type": 9, "sequenceId": 4})).await;
    client.call("i", "id", json!([])).await;
    assert_eq!(client.acknowledged().await, 4);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_client_that_was_away_has_its_time_to_acknowledge_anew() -> Tested {
    let mount = mount()?;
    let mut client = CoreClient::connect_stateful(&mount, None).await;
    client.call("1", "flood", json!([50])).await;
    assert_eq!(client.next().await["arguments"], json!([1]));
    client.does_not_read(Duration::from_secs(4)).await;
    client.lose();
    tokio::time::sleep(Duration::from_secs(3)).await;
    client.come_back(&mount, None).await;
    client.does_not_read(Duration::from_secs(2)).await;
    assert_eq!(client.next().await, json!({"type": 9, "sequenceId": 1}));
    for number in 1..=50 {
        let next = client.next().await;
        assert_eq!(next["arguments"], json!([number]), "{next}");
        client.send(json!({"type": 8, "sequenceId": number})).await;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_is_heard_behind_items_that_wait() -> Tested {
    const ITEMS: usize = 60;
    let mount = mount()?;
    let mut client = CoreClient::connect_stateful(&mount, None).await;
    client.send(json!({"type": 4, "invocationId": "1", "target": "mirror", "arguments": [], "streamIds": ["u"]})).await;
    // More than the stream, the outbox and the buffer hold; all sent before anything is acknowledged.
    for item in 0..ITEMS {
        client.send(json!({"type": 2, "invocationId": "u", "item": format!("item number {item}")})).await;
    }
    client.send(json!({"type": 3, "invocationId": "u"})).await;
    for item in 0..ITEMS {
        let next = client.next().await;
        assert_eq!(next["item"], format!("item number {item}"), "{next}");
        client.send(json!({"type": 8, "sequenceId": item + 1})).await;
    }
    assert_eq!(client.next().await, json!({"type": 3, "invocationId": "1"}));
    Ok(())
}

#[tokio::test]
async fn what_was_sent_before_the_end_comes_before_the_close() -> Tested {
    const COUNT: usize = 40;
    let mut client = CoreClient::connect_stateful(&mount()?, None).await;
    client.call("1", "farewell", json!([COUNT])).await;
    for number in 1..=COUNT {
        let next = client.next().await;
        assert_eq!(next["arguments"], json!([number]), "{next}");
    }
    assert_eq!(client.closed().await, json!({"type": 7}));
    Ok(())
}

#[tokio::test]
async fn nobody_comes_back_with_a_connection_that_is_ending() -> Tested {
    let gate = Arc::new(Semaphore::new(0));
    let mount = mount_with_gate(gate.clone())?;
    let mut client = CoreClient::connect_stateful(&mount, None).await;
    client.send(json!({"type": 7})).await;
    assert_eq!(client.closed().await, json!({"type": 7}));
    // Its disconnected event is still running.
    let query = format!("id={}", client.token);
    let opened = mount.open(request(&query, None), Transport::WebSockets).await.unwrap();
    assert!(matches!(opened, Opened::Ended), "{opened:?}");
    gate.add_permits(1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_client_that_comes_back_in_a_loop_has_to_wait() -> Tested {
    let mount = mount()?;
    let mut client = CoreClient::connect_stateful(&mount, None).await;
    for _ in 0..20 {
        client.come_back(&mount, None).await;
    }
    // Then once more each 500 ms, whenever it tries: here at 499, 999 and 1,000.
    let token = client.token.clone();
    let refused = async || {
        let refused = CoreClient::open(&mount, &token, None).await.unwrap_err();
        assert_eq!((refused.status, &*refused.text), (429, "The connection was resumed too often."));
    };
    let wait = async |millis| tokio::time::sleep(Duration::from_millis(millis)).await;
    refused().await;
    wait(499).await;
    refused().await;
    wait(500).await;
    client.come_back(&mount, None).await;
    refused().await;
    wait(1).await;
    client.come_back(&mount, None).await;
    refused().await;
    assert_eq!(client.next().await, json!({"type": 9, "sequenceId": 1}));
    assert!(client.invoke("id", json!([])).await["result"].is_string());
    Ok(())
}

#[tokio::test]
async fn what_is_kept_counts_for_the_process_and_who_has_most_of_it_gives_way() -> Tested {
    const LIMIT: usize = 20_000;
    let hubs = HubServer::builder()
        .hub(Stateful { gate: Arc::new(Semaphore::new(1)) })
        .options(Options::default().process_outbox_bytes(LIMIT).allow_stateful_reconnects(true))
        .build()?;
    let mount = hubs.core_mount::<Stateful>(Options::default())?;
    let mut honest = CoreClient::connect_stateful(&mount, None).await;
    let mut hoarders = Vec::new();
    for _ in 0..4 {
        hoarders.push(CoreClient::connect_stateful(&mount, None).await);
    }
    let mut ended = 0;
    for _ in 0..40 {
        for hoarder in &mut hoarders {
            // 50 messages of about 45 bytes, of which none is ever acknowledged.
            ended += usize::from(!hoarder.lives_through("flood", json!([50])).await);
            let queued = hubs.stats().queued_bytes;
            assert!(queued <= LIMIT + 3_000, "{queued} bytes are kept");
        }
        assert!(honest.invoke("id", json!([])).await["result"].is_string());
    }
    assert!(ended >= 4, "{ended} ended");
    drop(hoarders);
    Ok(())
}
