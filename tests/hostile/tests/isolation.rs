//! Failing code of the application (R19): only that call, or that connection, is affected.

use std::time::Duration;

use hostile::{
    client::{Client, HUBS, Identity},
    http,
    server::Server,
    until,
    websocket::WebSocket,
};
use hub_core::Options;
use serde_json::json;
use tokio::sync::oneshot;

/// Another connection that echoes all the while, and says at the end how often.
struct Witness {
    stop: oneshot::Sender<()>,
    echoing: tokio::task::JoinHandle<u32>,
}

impl Witness {
    async fn of(server: &Server) -> Self {
        let mut client = Client::connect(server.address).await;
        let (stop, mut stopped) = oneshot::channel();
        let echoing = tokio::spawn(async move {
            let mut count = 0;
            while stopped.try_recv().is_err() {
                client.assert_alive().await;
                count += 1;
            }
            client.assert_alive().await;
            count
        });
        Self { stop, echoing }
    }

    async fn was_unharmed(self) {
        self.stop.send(()).unwrap();
        assert!(self.echoing.await.unwrap() > 0);
    }
}

fn options() -> Options {
    Options::default().call_timeout(Some(Duration::from_millis(200))).rejoin_timeout(Duration::from_millis(200))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_that_panics_or_stalls_ends_its_own_call() {
    let server = Server::start(options()).await;
    let witness = Witness::of(&server).await;
    let mut client = Client::connect(server.address).await;
    let calls = ["explode", "stall", "explodeLater", "stall", "explode"];
    let mut ids = Vec::new();
    for method in calls {
        ids.push(client.begin(method, json!([])).await);
    }
    client.assert_alive().await;
    for id in ids {
        let reply = client.reply(&id).await;
        assert!(reply["E"].is_string(), "{reply}");
        assert!(!reply.to_string().contains("own fault"), "what a panic says is not for clients: {reply}");
    }
    for method in calls {
        let reply = client.identity.send("longPolling", &hostile::client::invocation(method, json!([]), 1)).await;
        assert_eq!(reply.status, 200, "{method}");
        assert!(reply.json()["E"].is_string(), "{method}: {}", reply.text());
    }
    client.assert_alive().await;
    witness.was_unharmed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_stall_do_not_hold_their_places() {
    let server = Server::start(options().max_calls(2)).await;
    let mut client = Client::connect(server.address).await;
    for _ in 0..6 {
        client.begin("stall", json!([])).await;
    }
    for _ in 0..6 {
        assert!(client.any_reply().await["E"].is_string());
    }
    client.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_panics_at_a_call_ends_that_call() {
    let server = Server::start(options()).await;
    let witness = Witness::of(&server).await;
    for stage in ["incoming", "authorize_method"] {
        let mut client = Client::connect_with(server.address, &format!("&trouble={stage}")).await;
        for _ in 0..3 {
            let reply = client.call("echo", json!([1])).await;
            assert!(reply["E"].is_string(), "{stage}: {reply}");
        }
        let reply = client.identity.send("longPolling", &hostile::client::invocation("echo", json!([1]), 1)).await;
        assert!(reply.status == 200 && reply.json()["E"].is_string(), "{stage}: {}", reply.text());
    }
    witness.was_unharmed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_panics_at_a_client_call_ends_the_call_that_made_it() {
    let server = Server::start(options()).await;
    let witness = Witness::of(&server).await;
    let mut client = Client::connect(server.address).await;
    let reply = client.call("callMe", json!(["explode"])).await;
    assert!(reply["E"].is_string(), "{reply}");
    let reply = client.call("callMe", json!(["other"])).await;
    assert!(reply.get("E").is_none(), "{reply}");
    assert_eq!(client.called().await.0, "other");
    client.assert_alive().await;
    witness.was_unharmed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_panics_when_asked_for_leave_has_not_given_it() {
    let server = Server::start(options()).await;
    let witness = Witness::of(&server).await;
    let trouble = "&trouble=authorize_connect";
    let path = format!("/signalr/negotiate?connectionData={HUBS}{trouble}");
    assert!(matches!(http::get(server.address, &path, &[]).await.status, 401 | 403));
    let mut identity = Identity::negotiate(server.address, "").await;
    identity.extra = trouble.to_owned();
    let reply = WebSocket::connect(server.address, &identity.path("connect", "webSockets"), &[]).await.unwrap_err();
    assert!(matches!(reply.status, 401 | 403), "{}", reply.status);
    assert_eq!(server.hubs.stats().connections, 1, "the witness alone");
    witness.was_unharmed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_panics_at_connect_ends_that_connection() {
    let server = Server::start(options()).await;
    let witness = Witness::of(&server).await;
    let identity = Identity::negotiate(server.address, "&trouble=connect").await;
    let mut client = Client::open(identity.clone()).await;
    assert_eq!(identity.start("webSockets").await.status, 500);
    while client.read().await.is_some() {}
    until("the connection to end", || server.hubs.stats().connections == 1).await;
    assert!(!server.notes.events(&identity.id).contains(&"connected"));
    witness.was_unharmed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_panics_at_disconnect_leaves_nothing_behind() {
    let server = Server::start(options()).await;
    let witness = Witness::of(&server).await;
    let mut client = Client::connect_with(server.address, "&trouble=disconnect").await;
    client.call("join", json!(["left behind"])).await;
    assert_eq!(client.identity.abort("webSockets").await.status, 200);
    while client.read().await.is_some() {}
    until("the connection to end", || server.hubs.stats().connections == 1).await;
    assert_eq!(server.hubs.stats().groups, 0);
    witness.was_unharmed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejoining_stage_that_panics_or_stalls_gives_no_groups() {
    let server = Server::start(options()).await;
    let witness = Witness::of(&server).await;
    let mut sender = Client::connect(server.address).await;
    for (trouble, heard) in [("", true), ("&trouble=rejoin", false), ("&trouble=rejoin_stall", false)] {
        let mut client = Client::connect(server.address).await;
        client.call("join", json!(["room"])).await;
        while client.groups_token.is_none() {
            client.assert_alive().await;
        }
        let mut client = client.reconnect(trouble).await;
        client.assert_alive().await;
        sender.call("say", json!(["room", "hello"])).await;
        let calls = client.calls_so_far().await;
        assert_eq!(!calls.is_empty(), heard, "{trouble:?}: {calls:?}");
        client.identity.abort("webSockets").await;
    }
    witness.was_unharmed().await;
}
