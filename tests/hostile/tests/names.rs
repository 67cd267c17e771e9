//! Names that mean something to somebody else (R32): exact delivery, or a clean refusal.

use hostile::{client::Client, encoded, http, server::Server};
use hub_core::Options;
use serde_json::json;

fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "*",
        ">",
        "a.b",
        "a",
        "A",
        "|",
        "a|b",
        "\0",
        "a\0b",
        "😀",
        "__proto__",
        "constructor",
        "toString",
        "?",
        "[a]",
        " ",
        "lab.a",
        "\u{2028}",
        "é",
        "e\u{301}",
        "\"",
        "\\",
        "%00",
        "+",
        "&user=x",
        "ı",
        "İ",
        "ß",
        "\u{feff}",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("n".repeat(256));
    names.push("😀".repeat(64));
    names
}

fn refused() -> [String; 3] {
    [String::new(), "n".repeat(257), format!("{}x", "😀".repeat(64))]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_reached_by_its_own_name_alone() {
    let server = Server::start(Options::default()).await;
    let mut sender = Client::connect(server.address).await;
    let mut members = Vec::new();
    for name in names() {
        let mut member = Client::connect(server.address).await;
        let reply = member.call("join", json!([name])).await;
        assert!(reply.get("E").is_none(), "{name:?}: {reply}");
        members.push((name, member));
    }
    for name in names() {
        let reply = sender.call("say", json!([name, format!("to {name}")])).await;
        assert!(reply.get("E").is_none(), "{name:?}: {reply}");
    }
    for name in refused() {
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
    for name in names() {
        users.push((name.clone(), Client::connect_with(server.address, &format!("&user={}", encoded(&name))).await));
    }
    for name in names() {
        let reply = sender.call("sayToUser", json!([name, format!("to {name}")])).await;
        assert!(reply.get("E").is_none(), "{name:?}: {reply}");
    }
    for name in refused() {
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
    for name in names() {
        assert_eq!(client.call("echo", json!([name])).await["R"], name);
        assert_eq!(client.call("echo", json!([{ name.clone(): name }])).await["R"], json!({ name.clone(): name }));
        let reply = client.call(&name, json!([])).await;
        assert!(reply["E"].is_string(), "a method {name:?}: {reply}");
    }
}
