//! Names that mean something to somebody else (R32): exact delivery, or a clean refusal. Those of the core wire are in `core_names`.

use hostile::{client::Client, encoded, http, names, server::Server};
use hub_core::Options;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_reached_by_its_own_name_alone() {
    let server = Server::start(Options::default()).await;
    let mut sender = Client::connect(server.address).await;
    let mut members = Vec::new();
    for name in names::all() {
        let mut member = Client::connect(server.address).await;
        let reply = member.call("join", json!([name])).await;
        assert!(reply.get("E").is_none(), "{name:?}: {reply}");
        members.push((name, member));
    }
    for name in names::all() {
        let reply = sender.call("say", json!([name, format!("to {name}")])).await;
        assert!(reply.get("E").is_none(), "{name:?}: {reply}");
    }
    for name in names::refused() {
        assert!(sender.call("join", json!([name])).await["E"].is_string(), "joining {} bytes", name.len());
        assert!(sender.call("say", json!([name, "x"])).await["E"].is_string(), "sending to {} bytes", name.len());
    }
    for (name, mut member) in members {
        let calls = member.calls_so_far().await;
        assert_eq!(calls, [("said".to_owned(), json!([format!("to {name}")]))], "{name:?}");
    }
    assert_eq!(sender.calls_so_far().await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_reached_by_the_own_id_alone() {
    let server = Server::start(Options::default()).await;
    let mut sender = Client::connect(server.address).await;
    let mut users = Vec::new();
    for name in names::all() {
        users.push((name.clone(), Client::connect_with(server.address, &format!("&user={}", encoded(&name))).await));
    }
    for name in names::all() {
        let reply = sender.call("sayToUser", json!([name, format!("to {name}")])).await;
        assert!(reply.get("E").is_none(), "{name:?}: {reply}");
    }
    for name in names::refused() {
        // Empty ids among those of a send are nobody's, and skipped.
        let reply = sender.call("sayToUser", json!([name, "x"])).await;
        assert_eq!(reply["E"].is_string(), !name.is_empty(), "{} bytes", name.len());
        let path = format!("/signalr/negotiate?connectionData=[]&user={}", encoded(&name));
        assert_eq!(http::get(server.address, &path, &[]).await.status, 401, "{} bytes", name.len());
    }
    for (name, mut user) in users {
        let calls = user.calls_so_far().await;
        assert_eq!(calls, [("said".to_owned(), json!([format!("to {name}")]))], "{name:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_one_user_is_not_another_ones() {
    let server = Server::start(Options::default()).await;
    for (own, other) in [("a", "A"), ("a", "a\0"), ("é", "e\u{301}"), ("ß", "ss"), ("a", "")] {
        let extra = format!("&user={}", encoded(own));
        let mut client = Client::connect_with(server.address, &extra).await;
        let mut stolen = client.identity.clone();
        stolen.extra = if other.is_empty() { String::new() } else { format!("&user={}", encoded(other)) };
        assert_eq!(stolen.start("webSockets").await.status, 403, "{other:?}");
        assert_eq!(stolen.send("longPolling", "{}").await.status, 403, "{other:?}");
        assert_eq!(stolen.abort("webSockets").await.status, 403, "{other:?}");
        client.assert_alive().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_come_back_as_they_went() {
    let server = Server::start(Options::default()).await;
    let mut client = Client::connect(server.address).await;
    for name in names::all() {
        assert_eq!(client.call("echo", json!([name])).await["R"], name);
        assert_eq!(client.call("echo", json!([{ name.clone(): name }])).await["R"], json!({ name.clone(): name }));
        let reply = client.call(&name, json!([])).await;
        assert!(reply["E"].is_string(), "a method {name:?}: {reply}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_of_the_client_is_called_as_it_was_written() {
    let server = Server::start(Options::default()).await;
    let mut client = Client::connect(server.address).await;
    for name in names::all() {
        client.call("callMe", json!([name])).await;
        assert_eq!(client.calls_so_far().await, [(name, json!([]))]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_of_another_name_is_nobodys() {
    let server = Server::start(Options::default()).await;
    let mut client = Client::connect(server.address).await;
    for name in names::all().into_iter().chain(names::refused()) {
        client.socket.send(&json!({ "H": name, "M": "echo", "A": [1], "I": 70 }).to_string()).await;
        let reply = client.reply("70").await;
        assert!(reply["E"].is_string(), "{name:?}: {reply}");
        let data = encoded(&json!([{ "name": name }]).to_string());
        let path = format!("/signalr/negotiate?connectionData={data}");
        assert_eq!(http::get(server.address, &path, &[]).await.status, 400, "{name:?}");
    }
}
