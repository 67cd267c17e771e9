//! Who waits for a client that does not read, how long, and who does not (section 10.4).

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{Stream, StreamExt as _, stream};
use hub_core::{
    CancellationToken, Clients, DisconnectReason, HubError, HubResult, HubServer, Options, SlowClientPolicy, hub,
    hub_client,
};
use parking_lot::Mutex;
use serde_json::json;
use tokio::time::Instant;

use super::{CoreClient, client::mount};
use crate::Tested;

const SECOND: Duration = Duration::from_secs(1);
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// When whoever waited too long is ended at the latest.
const SOON: Duration = Duration::from_secs(1);
/// Bytes from which on awaited sends wait.
const ROOM: usize = 4_000;
const POLICIES: [SlowClientPolicy; 3] =
    [SlowClientPolicy::Disconnect, SlowClientPolicy::DropOldest, SlowClientPolicy::Wait];

#[hub_client]
trait Page {
    fn said(&self, text: &str);
    async fn confirm(&self, question: &str) -> bool;
}

#[derive(Default, Clone)]
struct Seen {
    /// How many texts methods got rid of.
    told: Arc<AtomicUsize>,
    ended: Arc<Mutex<Option<DisconnectReason>>>,
}

#[hub(name = "waits", client = Page)]
struct Waits(Seen);

fn text() -> String {
    "x".repeat(1_000)
}

#[hub]
impl Waits {
    #[hub_method(disconnected)]
    fn gone(&self, reason: DisconnectReason) {
        *self.0.ended.lock() = Some(reason);
    }

    #[hub_method]
    fn items(&self) -> impl Stream<Item = String> + use<> {
        let told = self.0.told.clone();
        stream::repeat_with(text).take(50).inspect(move |_| {
            told.fetch_add(1, Ordering::Relaxed);
        })
    }

    #[hub_method]
    async fn sends(&self, clients: &Clients<Self>) -> HubResult {
        for _ in 0..50 {
            clients.caller().said(&text()).await?;
            self.0.told.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Fills the outbox without waiting, so that the completion finds it full.
    #[hub_method]
    fn fills(&self, clients: &Clients<Self>) {
        for _ in 0..ROOM / 1_000 {
            clients.caller().said(&text());
        }
    }

    /// The same, for a question.
    #[hub_method]
    async fn asks(&self, clients: &Clients<Self>) -> HubResult<bool> {
        self.fills(clients);
        Ok(clients.caller().confirm("?").await?)
    }

    #[hub_method]
    async fn asks_in_peace(&self, clients: &Clients<Self>) -> HubResult<bool> {
        Ok(clients.caller().confirm("?").await?)
    }

    #[hub_method(parallel)]
    fn asks_and_forgets(&self, clients: &Clients<Self>, count: usize) {
        for _ in 0..count {
            drop(clients.caller().confirm("?"));
        }
    }

    #[hub_method]
    async fn asks_until(&self, clients: &Clients<Self>, stop: &CancellationToken) -> HubResult<bool> {
        let answer = clients.caller().confirm("?").until(stop).await;
        answer.map_err(|error| HubError::client(error.to_string()))
    }

    #[hub_method]
    async fn tells_all(&self, clients: &Clients<Self>, count: usize) -> HubResult {
        for _ in 0..count {
            clients.all().said(&text()).await?;
        }
        Ok(())
    }
}

fn hubs(seen: &Seen, options: Options) -> Result<HubServer, Box<dyn std::error::Error>> {
    let options = options.transport_max_buffer_size(ROOM);
    Ok(HubServer::builder().hub(Waits(seen.clone())).options(options).build()?)
}

/// What waits for room, each as the message that has it begin.
fn waiting() -> Vec<(&'static str, serde_json::Value)> {
    let call =
        |kind: u32, target: &str| json!({"type": kind, "invocationId": target, "target": target, "arguments": []});
    vec![
        ("items of a stream", call(4, "items")),
        ("sends to one connection", call(1, "sends")),
        ("a completion", call(1, "fills")),
        ("a question", call(1, "asks")),
    ]
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_room_waits_for_the_send_timeout_and_then_the_connection_ends() -> Tested {
    // The policy is for what nobody waits for.
    for (policy, (what, call)) in
        POLICIES.into_iter().flat_map(|policy| waiting().into_iter().map(move |w| (policy, w)))
    {
        let seen = Seen::default();
        let hubs = hubs(&seen, Options::default().slow_clients(policy))?;
        let mut client = CoreClient::connect(&mount::<Waits>(&hubs), None).await;
        client.send(call).await;
        client.does_not_read(SEND_TIMEOUT - SECOND).await;
        assert_eq!(*seen.ended.lock(), None, "{policy:?}: {what}");
        assert!(seen.told.load(Ordering::Relaxed) <= ROOM / 1_000 + 2, "{policy:?}: {what} does not wait");
        client.does_not_read(SECOND + SOON).await;
        assert_eq!(*seen.ended.lock(), Some(DisconnectReason::SlowClient), "{policy:?}: {what}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn who_reads_in_time_gets_it_all() -> Tested {
    for (what, call) in waiting() {
        let seen = Seen::default();
        let hubs = hubs(&seen, Options::default())?;
        let mut client = CoreClient::connect(&mount::<Waits>(&hubs), None).await;
        client.send(call).await;
        for _ in 0..3 {
            client.does_not_read(SEND_TIMEOUT - SECOND).await;
            // All that there is.
            while tokio::time::timeout(Duration::from_millis(1), client.next_within(SECOND)).await.is_ok() {}
        }
        assert_eq!(*seen.ended.lock(), None, "{what}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_send_timeout_of_the_mount_is_the_one_that_holds() -> Tested {
    let seen = Seen::default();
    let hubs = hubs(&seen, Options::default())?;
    let mount = hubs.core_mount::<Waits>(Options::default().transport_send_timeout(2 * SECOND))?;
    let mut client = CoreClient::connect(&mount, None).await;
    client.call("1", "sends", json!([])).await;
    client.does_not_read(SECOND).await;
    assert_eq!(*seen.ended.lock(), None);
    client.does_not_read(SECOND + SOON).await;
    assert_eq!(*seen.ended.lock(), Some(DisconnectReason::SlowClient));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_full_reconnect_buffer_is_waited_for_5_s() -> Tested {
    let seen = Seen::default();
    let options = Options::default().allow_stateful_reconnects(true).stateful_reconnect_buffer_size(ROOM);
    let hubs = hubs(&seen, options)?;
    let mut client = CoreClient::connect_stateful(&mount::<Waits>(&hubs), None).await;
    let begun = Instant::now();
    client.call("1", "tellsAll", json!([50])).await;
    // Everything is read, and nothing acknowledged. The Close comes alone.
    let mut texts = 0;
    let close = loop {
        let next = tokio::time::timeout(10 * SECOND, client.next_within(10 * SECOND)).await?;
        if next["type"] == 7 {
            break next;
        }
        texts += 1;
    };
    assert_eq!(close, json!({"type": 7, "error": "Connection closed with an error.", "allowReconnect": true}));
    assert!(texts <= ROOM / 1_000 + 1, "{texts} came");
    let waited = begun.elapsed();
    assert!(waited >= 5 * SECOND && waited <= 7 * SECOND, "{waited:?}");
    assert_eq!(*seen.ended.lock(), Some(DisconnectReason::SlowClient));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn sends_to_many_wait_for_nobody_and_the_bounds_are_in_messages_and_bytes() -> Tested {
    let bounds = [Options::default().outbox_messages(20), Options::default().outbox_bytes(20_000)];
    for (bound, policy) in bounds.iter().flat_map(|bound| POLICIES.map(|policy| (bound, policy))) {
        let seen = Seen::default();
        let hubs = hubs(&seen, bound.clone().slow_clients(policy))?;
        let mount = mount::<Waits>(&hubs);
        let mut reader = CoreClient::connect(&mount, None).await;
        let sleeper = CoreClient::connect(&mount, None).await;
        let begun = Instant::now();
        for _ in 0..50 {
            assert!(reader.lives_through("tellsAll", json!([2])).await);
            // Twice the bound at most, as the policy of waiting allows, and what the reader has not taken.
            let queued = hubs.stats().queued_bytes;
            assert!(queued <= 2 * 22_000 + 3_000, "{policy:?}: {queued} bytes wait");
        }
        assert_eq!(begun.elapsed(), Duration::ZERO, "{policy:?}");
        sleeper.does_not_read(SOON).await;
        let gone = (policy == SlowClientPolicy::Disconnect).then_some(DisconnectReason::SlowClient);
        assert_eq!(*seen.ended.lock(), gone, "the policy decides for that connection alone");
        assert!(reader.lives_through("fills", json!([])).await);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_waited_for_without_limit() -> Tested {
    let hubs = hubs(&Seen::default(), Options::default())?;
    let mut client = CoreClient::connect(&mount::<Waits>(&hubs), None).await;
    client.call("1", "asksInPeace", json!([])).await;
    let question = client.next().await;
    client.does_not_read(Duration::from_secs(24 * 60 * 60)).await;
    client.send(json!({"type": 3, "invocationId": question["invocationId"], "result": true})).await;
    assert_eq!(client.next().await, json!({"type": 3, "invocationId": "1", "result": true}));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn questions_that_nobody_awaits_are_bounded() -> Tested {
    for policy in POLICIES {
        let seen = Seen::default();
        let hubs = hubs(&seen, Options::default().outbox_messages(20).slow_clients(policy))?;
        let mut client = CoreClient::connect(&mount::<Waits>(&hubs), None).await;
        client.call("1", "asksAndForgets", json!([20])).await;
        client.does_not_read(SOON).await;
        assert_eq!(*seen.ended.lock(), None, "{policy:?}");
        client.call("2", "asksAndForgets", json!([21])).await;
        client.does_not_read(SOON).await;
        assert_eq!(*seen.ended.lock(), Some(DisconnectReason::SlowClient), "{policy:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_question_ends_with_its_token() -> Tested {
    let hubs = hubs(&Seen::default(), Options::default())?;
    let mut client = CoreClient::connect(&mount::<Waits>(&hubs), None).await;
    client.call("1", "asksUntil", json!([])).await;
    let question = client.next().await;
    client.send(json!({"type": 5, "invocationId": "1"})).await;
    let text = "An unexpected error occurred invoking 'asksUntil' on the server. HubException: Invocation canceled by the server.";
    assert_eq!(client.next().await["error"], text);
    // An answer that comes all the same is passed over.
    client.send(json!({"type": 3, "invocationId": question["invocationId"], "result": true})).await;
    assert!(client.lives_through("fills", json!([])).await);
    Ok(())
}
