//! What a bomb makes the server allocate (R28): at most four times its size and 64 KB. Those of the core wire are in `core_allocation`.

use hostile::{
    client::Client,
    encoded, http,
    lab::Lab,
    server::Server,
    websocket::{Frame, PING, TEXT, frame, frame_head},
};

use hub_core::Options;
use serde_json::json;

use crate::{
    ALLOCATOR,
    bad_input::{nested, roomy},
};

/// For what is not the bomb's: both tasks, the client's own buffers, lines of the test's output, blocks that the runtime makes.
pub(crate) const SLACK: usize = 64 * 1024;

/// The bytes allocated at the highest moment of an attack, beyond those before it.
pub(crate) async fn peak(attack: impl Future<Output = ()>) -> usize {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    attack.await;
    ALLOCATOR.peak_usage().saturating_sub(before)
}

pub(crate) fn assert_bounded(what: &str, peak: usize, input: usize) {
    let limit = 4 * input + 64 * 1024 + SLACK;
    println!("{what}: {peak} bytes for {input}, at most {limit}");
    assert!(peak <= limit, "{what}: {peak} bytes were allocated for {input}, more than {limit}");
}

/// Sends bombs and holds what each one allocates against its size.
async fn assert_bombs_are_bounded(bombs: impl IntoIterator<Item = (&'static str, String)>) {
    let server = Server::start_alone(roomy()).await;
    let mut client = Client::connect(server.address).await;
    // What is made on demand is not the bomb's.
    client.assert_alive().await;
    for (what, text) in bombs {
        let bytes = frame(TEXT, true, text.as_bytes());
        let peak = peak(async {
            client.socket.write(&bytes).await;
            // As it comes: what a client makes of it is not the server's.
            assert!(matches!(client.socket.receive().await, Frame::Text(_)));
        })
        .await;
        assert_bounded(what, peak, text.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deep_message_allocates_in_proportion_to_its_size() {
    let deep = nested(100_000);
    assert_bombs_are_bounded([
        ("a deep argument", format!(r#"{{"H":"lab","M":"echo","A":[{deep}],"I":90}}"#)),
        ("a deep list of arguments", format!(r#"{{"H":"lab","M":"echo","A":{deep},"I":90}}"#)),
        ("a deep state", format!(r#"{{"H":"lab","M":"echo","A":[1],"S":{{"s":{deep}}},"I":90}}"#)),
        ("a deep key that nobody knows", format!(r#"{{"H":"lab","M":"echo","A":[1],"x":{deep},"I":90}}"#)),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_name_allocates_in_proportion_to_its_size() {
    let name = "m".repeat(200_000);
    assert_bombs_are_bounded([("a long method name", format!(r#"{{"H":"lab","M":"{name}","A":[1],"I":90}}"#))]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_arguments_allocate_in_proportion_to_their_size() {
    let many = vec!["1"; 100_000].join(",");
    assert_bombs_are_bounded([("many arguments", format!(r#"{{"H":"lab","M":"echo","A":[{many}],"I":90}}"#))]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_posted_bomb_allocates_in_proportion_to_its_size() {
    let server = Server::start_alone(roomy()).await;
    let client = Client::connect(server.address).await;
    client.identity.send("longPolling", "{}").await;
    let message = format!(r#"{{"H":"lab","M":"echo","A":[{}],"I":1}}"#, nested(100_000));
    let form = format!("data={}", encoded(&message));
    let length = form.len().to_string();
    let path = client.identity.path("send", "longPolling");
    let mut request = http::head("POST", &path, &[("Connection", "close"), ("Content-Length", &*length)]).into_bytes();
    request.extend_from_slice(form.as_bytes());
    let peak = peak(async {
        http::exchange(server.address, &request).await;
    })
    .await;
    assert_bounded("a posted message", peak, form.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claimed_length_allocates_one_message_at_most() {
    let server = Server::start_alone(Options::default()).await;
    let mut client = Client::connect(server.address).await;
    client.assert_alive().await;
    for claimed in [65_536, 1 << 62] {
        let mut claimant = Client::connect(server.address).await;
        let head = frame_head(TEXT, true, claimed);
        let peak = peak(async {
            claimant.socket.write(&head).await;
            // A message within the limit is waited for; the round trip of another shows that the head has been read by now.
            for _ in 0..10 {
                client.assert_alive().await;
            }
        })
        .await;
        assert_bounded(&format!("a frame head that claims {claimed} bytes"), peak, head.len());
    }
}

/// Pings want pongs; a peer that reads none of them does not make the server keep them all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pings_of_a_peer_that_does_not_read_are_not_kept() {
    // More than the buffers of both sockets take.
    const PINGS: usize = 300_000;
    const AT_ONCE: usize = 1_000;
    let server = Server::start_alone(Options::default()).await;
    let mut client = Client::connect(server.address).await;
    let pings = frame(PING, true, &[b'p'; 100]).repeat(AT_ONCE);
    let peak = peak(async {
        for _ in 0..PINGS / AT_ONCE {
            client.socket.write(&pings).await;
        }
    })
    .await;
    assert_bounded("pings", peak, 0);
    client.assert_alive().await;
}

/// Appends entries to the ring and holds what they take against what the server says they do.
async fn assert_budget(server: &Server, client: &mut Client, kind: &str, append: impl AsyncFn(usize)) {
    const ENTRIES: usize = 2_000;
    client.calls_so_far().await;
    let (before, stated) = (ALLOCATOR.current_usage(), server.hubs.stats().log_bytes);
    for number in 0..ENTRIES {
        append(number).await;
        if number % 100 == 0 {
            // The client keeps up, so that nothing waits for it.
            client.calls_so_far().await;
        }
    }
    client.calls_so_far().await;
    let taken = ALLOCATOR.current_usage().saturating_sub(before);
    let stated = server.hubs.stats().log_bytes - stated;
    println!("{kind}: {} bytes each of the stated {}", taken / ENTRIES, stated / ENTRIES);
    assert!(taken <= stated + SLACK, "{kind}: {taken} bytes, and {stated} are stated");
    assert!(stated <= 2 * taken, "{kind}: {taken} bytes, and {stated} are stated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ring_takes_what_its_budget_says() {
    let server = Server::start_alone(Options::default()).await;
    let mut client = Client::connect(server.address).await;
    client.call("join", json!(["heard"])).await;
    let hub = server.hubs.hub::<Lab>();
    let (clients, groups) = (hub.clients(), hub.groups());
    let id = client.identity.id.clone();
    let text = "x".repeat(64);
    assert_budget(&server, &mut client, "a message to a group", async |_| {
        clients.group("heard").call("said").argument(&text).send().await.unwrap();
    })
    .await;
    assert_budget(&server, &mut client, "a message to a group of its own", async |number| {
        clients.group(format!("group {number}")).call("said").argument(&text).send().await.unwrap();
    })
    .await;
    assert_budget(&server, &mut client, "a message with a hundred exceptions", async |_| {
        clients.group_except("heard", vec![&id; 100]).call("said").argument(&text).send().await.unwrap();
    })
    .await;
    let name = "n".repeat(256);
    assert_budget(&server, &mut client, "a join and a leave", async |_| {
        groups.add(&id, &name).await.unwrap();
        groups.remove(&id, &name).await.unwrap();
    })
    .await;
}
