//! Streams both ways (sections 5.5, 9.8 and 10.4).

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use futures_util::{Stream, StreamExt as _, stream};
use hub_core::{Clients, HubContext, HubResult, HubServer, Options, StreamReceiver, hub, hub_client};
use parking_lot::Mutex;
use serde_json::json;

use super::{CoreClient, client::mount};
use crate::Tested;

#[hub_client]
trait Told {
    fn dropped(&self);
}

#[hub(name = "streams", client = Told)]
struct Streams {
    seen: Arc<Mutex<Vec<i32>>>,
}

struct Farewell(HubContext<Streams>);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.clients().caller().dropped();
    }
}

#[hub]
impl Streams {
    #[hub_method]
    fn count(&self, to: u32) -> impl Stream<Item = u32> + use<> {
        stream::iter(1..=to)
    }

    #[hub_method]
    async fn maybe(&self, clients: &Clients<Self>, fails: bool) -> HubResult<impl Stream<Item = u32> + use<>> {
        let _ = clients;
        if fails { Err(hub_core::HubError::client("not today")) } else { Ok(stream::iter([1])) }
    }

    #[hub_method]
    fn endless(&self, cx: &HubContext<Self>) -> impl Stream<Item = u32> {
        let farewell = Farewell(cx.clone());
        stream::once(async move {
            let _farewell = farewell;
            std::future::pending().await
        })
    }

    #[hub_method]
    async fn first(&self, mut numbers: StreamReceiver<i32>) -> HubResult<i32> {
        let first = numbers.next().await.transpose()?.unwrap_or_default();
        self.seen.lock().push(first);
        Ok(first)
    }
}

/// A hub whose stream is always ready; it counts what was taken.
#[hub(name = "ready")]
struct Ready(Arc<AtomicU32>);

/// So that a stream that nobody stops ends at last.
const MANY: u32 = 20_000;

#[hub]
impl Ready {
    #[hub_method]
    fn numbers(&self) -> impl Stream<Item = u32> + use<> {
        let taken = self.0.clone();
        stream::iter(0..MANY).inspect(move |number| taken.store(number + 1, Ordering::Relaxed))
    }
}

async fn client() -> Result<CoreClient, Box<dyn std::error::Error>> {
    let hubs = HubServer::builder().hub(Streams { seen: Arc::default() }).build()?;
    Ok(CoreClient::connect(&mount::<Streams>(&hubs), None).await)
}

fn stream_call(id: &str, target: &str, arguments: serde_json::Value) -> serde_json::Value {
    json!({"type": 4, "invocationId": id, "target": target, "arguments": arguments})
}

#[tokio::test]
async fn a_returned_stream_streams() -> Tested {
    let mut client = client().await?;
    client.send(stream_call("1", "count", json!([2]))).await;
    for item in [1, 2] {
        assert_eq!(client.next().await, json!({"type": 2, "invocationId": "1", "item": item}));
    }
    assert_eq!(client.next().await, json!({"type": 3, "invocationId": "1"}));
    client.send(stream_call("2", "maybe", json!([true]))).await;
    let text = "An unexpected error occurred invoking 'maybe' on the server. HubException: not today";
    assert_eq!(client.next().await["error"], text);
    Ok(())
}

#[tokio::test]
async fn a_cancelled_stream_is_dropped_before_its_completion() -> Tested {
    let mut client = client().await?;
    client.send(stream_call("1", "endless", json!([]))).await;
    client.send(json!({"type": 5, "invocationId": "1"})).await;
    assert_eq!(client.next().await["target"], "dropped");
    assert_eq!(client.next().await, json!({"type": 3, "invocationId": "1"}));
    // The id is free again.
    client.send(stream_call("1", "count", json!([0]))).await;
    assert_eq!(client.next().await, json!({"type": 3, "invocationId": "1"}));
    Ok(())
}

/// Where there is room for all of it, nothing but its own good will makes it wait.
#[tokio::test]
async fn a_stream_that_is_always_ready_gives_others_their_turn() -> Tested {
    let taken = Arc::<AtomicU32>::default();
    let hubs = HubServer::builder().hub(Ready(taken.clone())).build()?;
    let roomy = Options::default().outbox_messages(usize::MAX).outbox_bytes(usize::MAX).transport_max_buffer_size(0);
    let mut client = CoreClient::connect(&hubs.core_mount::<Ready>(roomy)?, None).await;
    client.send(stream_call("1", "numbers", json!([]))).await;
    client.send(json!({"type": 5, "invocationId": "1"})).await;
    while client.next().await["type"] != 3 {}
    let taken = taken.load(Ordering::Relaxed);
    assert!(taken < MANY, "all of it, before the client's word was read");
    Ok(())
}

#[tokio::test]
async fn an_upload_stream_in_use_is_refused_and_unharmed() -> Tested {
    let mut client = client().await?;
    let first =
        |id: &str| json!({"type": 1, "invocationId": id, "target": "first", "arguments": [], "streamIds": ["s"]});
    client.send(first("1")).await;
    client.send(first("2")).await;
    let text =
        "An unexpected error occurred invoking 'first' on the server. HubException: Stream ID 's' is already in use.";
    assert_eq!(client.next().await, json!({"type": 3, "invocationId": "2", "error": text}));
    client.send(json!({"type": 2, "invocationId": "s", "item": 7})).await;
    assert_eq!(client.next().await, json!({"type": 3, "invocationId": "1", "result": 7}));
    // The call has ended, so its stream is closed, and what still comes for it is passed over.
    client.send(json!({"type": 2, "invocationId": "s", "item": 8})).await;
    client.send(first("3")).await;
    client.send(json!({"type": 2, "invocationId": "s", "item": 9})).await;
    assert_eq!(client.next().await, json!({"type": 3, "invocationId": "3", "result": 9}));
    Ok(())
}

#[tokio::test]
async fn streams_of_a_connection_are_bounded() -> Tested {
    let hubs = HubServer::builder()
        .hub(Streams { seen: Arc::default() })
        .options(Options::default().max_streams(2))
        .build()?;
    let mut client = CoreClient::connect(&mount::<Streams>(&hubs), None).await;
    for id in ["1", "2", "3"] {
        client.send(stream_call(id, "endless", json!([]))).await;
    }
    let refused = client.next().await;
    assert_eq!(refused["invocationId"], "3");
    assert!(refused["error"].as_str().is_some_and(|text| text.contains("too many streams")), "{refused}");
    Ok(())
}
