//! The protocol as nobody should speak it (R31).

use std::{collections::HashSet, time::Duration};

use hostile::{
    client::{Client, Identity, invocation},
    encoded, http,
    server::Server,
    websocket::{TEXT, frame},
};
use hub_core::Options;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_whose_replies_nobody_reads_are_all_answered_in_the_end() {
    const COUNT: u64 = 10_000;
    let server = Server::start(Options::default()).await;
    let mut client = Client::connect(server.address).await;
    let calls: Vec<u8> =
        (0..COUNT).flat_map(|id| frame(TEXT, true, invocation("echo", json!([id]), id).as_bytes())).collect();
    client.socket.write(&calls).await;
    let mut missing: HashSet<u64> = (0..COUNT).collect();
    while !missing.is_empty() {
        let reply = client.any_reply().await;
        let id: u64 = reply["I"].as_str().unwrap().parse().unwrap();
        assert_eq!(reply["R"], id);
        assert!(missing.remove(&id), "{id} was answered twice");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_call_more_than_may_run_begins_when_one_has_ended() {
    let server = Server::start(Options::default().max_calls(4)).await;
    let mut client = Client::connect(server.address).await;
    let mut other = Client::connect(server.address).await;
    for _ in 0..8 {
        client.begin("wait", json!([])).await;
    }
    server.notes.until_begun(4).await;
    // Time enough for a fifth to begin, if it could: another connection goes back and forth.
    for _ in 0..50 {
        other.assert_alive().await;
    }
    for ended in 1..=4 {
        assert_eq!(server.notes.begun(), 3 + ended);
        server.notes.release(1);
        client.any_reply().await;
        server.notes.until_begun(4 + ended).await;
        other.assert_alive().await;
    }
    server.notes.release(4);
    for _ in 0..4 {
        client.any_reply().await;
    }
    client.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_stall_do_not_hold_their_places() {
    let server = Server::start(Options::default().call_timeout(Some(Duration::from_millis(200))).max_calls(2)).await;
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
async fn a_socket_that_says_nothing_takes_no_place_of_a_call() {
    let server = Server::start(Options::default().max_calls(1)).await;
    let mut client = Client::connect(server.address).await;
    client.assert_alive().await;
    let reply = client.identity.send("longPolling", &invocation("echo", json!(["by post"]), 7)).await;
    assert_eq!((reply.status, &reply.json()["R"]), (200, &json!("by post")));
    client.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_trickles_is_given_up() {
    let server = Server::start(Options::default().body_timeout(Duration::from_millis(300))).await;
    let identity = Identity::negotiate(server.address, "").await;
    let path = identity.path("send", "longPolling");
    let mut socket = http::open(server.address).await;
    let head = http::head("POST", &path, &[("Content-Length", "1000")]);
    socket.write_all(head.as_bytes()).await.unwrap();
    let (mut reading, mut writing) = socket.into_split();
    let trickle = tokio::spawn(async move {
        // Until the server hangs up, at the latest.
        while writing.write_all(b"d").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut answer = [0; 12];
    hostile::within("the answer", reading.read_exact(&mut answer)).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    trickle.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_used_again_is_answered_again() {
    let server = Server::start(Options::default()).await;
    let mut client = Client::connect(server.address).await;
    for value in 0..20 {
        client.socket.send(&invocation("echo", json!([value]), 5)).await;
    }
    let mut answers = Vec::new();
    for _ in 0..20 {
        let reply = client.any_reply().await;
        assert_eq!(reply["I"], "5");
        answers.push(reply["R"].as_u64().unwrap());
    }
    answers.sort_unstable();
    assert_eq!(answers, (0..20).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_hubs_and_garbage_are_errors_not_silence() {
    let server = Server::start(Options::default()).await;
    let mut client = Client::connect(server.address).await;
    for text in [
        r#"{"H":"nosuch","M":"echo","A":[1],"I":60}"#,
        r#"{"H":"lab","M":"nosuch","A":[],"I":60}"#,
        r#"{"H":"lab","M":"echo","A":[],"I":60}"#,
        r#"{"H":"lab","M":"echo","A":[1,2],"I":60}"#,
        r#"{"H":"lab","M":"length","A":[{}],"I":60}"#,
        r#"{"H":"lab","M":"arrived","A":[],"I":60}"#,
        r#"{"H":"lab","M":"left","A":[],"I":60}"#,
    ] {
        client.socket.send(text).await;
        let reply = client.reply("60").await;
        assert!(reply["E"].is_string(), "{text}: {reply}");
    }
    client.socket.send("garbage").await;
    let reply = client.any_reply().await;
    assert!(reply["E"].is_string() && reply["I"] == Value::Null, "{reply}");
    for (message, status) in [("garbage", 400), (r#"{"H":"nosuch","M":"echo","A":[1],"I":1}"#, 400)] {
        assert_eq!(client.identity.send("longPolling", message).await.status, status, "{message}");
    }
    assert_eq!(http::post(server.address, &client.identity.path("send", "longPolling"), &[], "").await.status, 400);
    client.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_can_be_sent_for_a_connection_that_ended() {
    let server = Server::start(Options::default()).await;
    let client = Client::connect(server.address).await;
    assert_eq!(client.identity.abort("webSockets").await.status, 200);
    let message = invocation("mark", json!([]), 0);
    for transport in ["longPolling", "serverSentEvents"] {
        assert_eq!(client.identity.send(transport, &message).await.status, 404, "{transport}");
    }
    assert_eq!(server.notes.marks(), 0);
    // Nor does one end twice, or start again.
    assert_eq!(client.identity.abort("webSockets").await.status, 200);
    assert_eq!(client.identity.start("webSockets").await.status, 404);
    assert_eq!(server.hubs.stats().connections, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_group_more_than_may_be_is_an_error() {
    let server = Server::start(Options::default().max_groups(3)).await;
    let mut client = Client::connect(server.address).await;
    for group in ["a", "b", "c", "a"] {
        let reply = client.call("join", json!([group])).await;
        assert!(reply.get("E").is_none(), "{reply}");
    }
    assert!(client.call("join", json!(["d"])).await["E"].is_string());
    client.call("say", json!(["d", "to nobody"])).await;
    assert_eq!(client.calls_so_far().await, []);
    assert_eq!(server.hubs.stats().groups, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_much_of_anything_in_a_request_is_refused() {
    let server = Server::start(Options::default().max_hubs(2)).await;
    let negotiate = |data: &str, extra: &str| format!("/signalr/negotiate?connectionData={}{extra}", encoded(data));
    for data in [
        r#"[{"name":"lab"},{"name":"a"},{"name":"b"}]"#,
        r#"[{"name":"lab"},{"name":"lab"}]"#,
        r#"[{"name":"lab"},{"name":"LAB"}]"#,
        r#"[{"name":"nosuch"}]"#,
        r#"[{}]"#,
        r#"{"name":"lab"}"#,
        "[",
    ] {
        assert_eq!(http::get(server.address, &negotiate(data, ""), &[]).await.status, 400, "{data}");
    }
    let long = format!("&x={}", "x".repeat(20 * 1024));
    assert_eq!(http::get(server.address, &negotiate("[]", &long), &[]).await.status, 414);
    let identity = Identity::negotiate(server.address, "").await;
    let large = format!("data={}", "x".repeat(65_536));
    for action in ["send", "poll", "connect"] {
        let reply = http::post(server.address, &identity.path(action, "longPolling"), &[], &large).await;
        assert_eq!(reply.status, 413, "{action}");
    }
    let many: Vec<String> = (0..100).map(|at| format!("x-{at}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "1")).collect();
    assert_eq!(http::get(server.address, &negotiate("[]", ""), &many).await.status, 431);
    Client::connect(server.address).await.assert_alive().await;
}
