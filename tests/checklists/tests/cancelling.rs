//! Section 9.10, "Cancelling", and what the .NET client 11 does on its own (N33, N34), as it stands on the wire.

use checklists::Server;
use hostile::core::Core;
use hub_core::{Options, protocol::Encoding};
use serde_json::{Value, json};

fn cancel(id: &str) -> Value {
    json!({ "type": 5, "invocationId": id })
}

fn stream(id: &str, target: &str) -> Value {
    json!({ "type": 4, "invocationId": id, "target": target, "arguments": [] })
}

fn upload(id: &str, target: &str, streams: &[&str]) -> Value {
    json!({ "type": 1, "invocationId": id, "target": target, "arguments": [], "streamIds": streams })
}

fn item(stream: &str, item: i32) -> Value {
    json!({ "type": 2, "invocationId": stream, "item": item })
}

fn completion(id: &str) -> Value {
    json!({ "type": 3, "invocationId": id })
}

async fn connect(server: &Server, encoding: Encoding) -> Core {
    Core::connect(&server.peer(""), encoding).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n25_a_token_is_no_argument_on_the_wire() {
    let server = Server::start(Options::default().detailed_errors(true)).await;
    for encoding in Encoding::ALL {
        let mut client = connect(&server, encoding).await;
        for (arguments, given) in [(json!([]), 0), (json!([1, 2]), 2)] {
            let refused = client.invoke("untilCancelled", arguments).await;
            let text = format!(
                "Failed to invoke 'untilCancelled' due to an error on the server. InvalidDataException: Invocation provides {given} argument(s) but target expects 1."
            );
            assert_eq!(refused["error"], text);
        }
        client.call("1", "untilCancelled", json!([7])).await;
        client.send(cancel("1")).await;
        assert_eq!(client.completion("1").await["result"], 7);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n26_a_cancelled_call_has_one_completion_and_its_method_says_which() {
    for detailed in [false, true] {
        let server = Server::start(Options::default().detailed_errors(detailed)).await;
        for encoding in Encoding::ALL {
            let mut client = connect(&server, encoding).await;
            client.call("1", "untilCancelled", json!([42])).await;
            client.send(cancel("1")).await;
            assert_eq!(client.completion("1").await["result"], 42);
            client.call("2", "untilCancelledFails", json!([])).await;
            client.send(cancel("2")).await;
            let failed = client.completion("2").await;
            let text = "An unexpected error occurred invoking 'untilCancelledFails' on the server.";
            let told = failed["error"].as_str().unwrap();
            assert_eq!(told.strip_prefix(text).unwrap().is_empty(), !detailed, "{told}");
            assert!(!detailed || told.ends_with(": The operation was canceled."), "{told}");
            assert_eq!(client.so_far().await, [] as [Value; 0]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n27_a_method_without_a_token_runs_to_its_end() {
    let server = Server::start(Options::default()).await;
    let mut client = connect(&server, Encoding::Json).await;
    client.call("1", "atTheGate", json!([])).await;
    server.notes.until(&client.reservation.id, "waits").await;
    client.send(cancel("1")).await;
    // A stream takes no turn: its completion says that the cancellation has been read.
    client.send_all(&[stream("s", "endless"), cancel("s")]).await;
    client.completion("s").await;
    server.notes.open_gate(1);
    assert_eq!(client.completion("1").await["result"], "passed");
    let told: Vec<Value> = client.so_far().await.into_iter().filter(|message| message["type"] == 3).collect();
    assert_eq!(told, [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n28_the_place_of_a_cancelled_call_is_free_when_it_has_ended() {
    let server = Server::start(Options::default()).await;
    let mut client = connect(&server, Encoding::Json).await;
    client.call("1", "cancelledAtTheGate", json!([])).await;
    client.send(cancel("1")).await;
    client.call("2", "atTheGate", json!([])).await;
    server.notes.until(&client.reservation.id, "cancelled").await;
    // Another connection goes back and forth: time enough for the next call, if the place were free at the cancellation.
    let mut other = connect(&server, Encoding::Json).await;
    for _ in 0..20 {
        other.assert_alive().await;
    }
    assert_eq!(server.notes.of(&client.reservation.id), ["connected", "cancelled"]);
    server.notes.open_gate(2);
    for id in ["1", "2"] {
        let answer = client.next().await.unwrap();
        assert_eq!((&answer["invocationId"], &answer["result"]), (&json!(id), &json!("passed")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n29_cancelling_what_is_not_there_does_nothing() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut client = connect(&server, encoding).await;
        client.call("1", "untilCancelled", json!([1])).await;
        client.send_all(&[cancel("unknown"), cancel("1"), cancel("1")]).await;
        assert_eq!(client.completion("1").await["result"], 1);
        client.send_all(&[cancel("1"), cancel("1")]).await;
        client.assert_alive().await;
        assert_eq!(client.so_far().await, [] as [Value; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n30_the_token_fires_when_the_connection_ends() {
    let server = Server::start(Options::default()).await;
    for id in [Some("1"), None] {
        let mut client = connect(&server, Encoding::Json).await;
        let mut call = json!({ "type": 1, "target": "untilCancelled", "arguments": [1] });
        if let Some(id) = id {
            call["invocationId"] = json!(id);
        }
        client.send(call).await;
        server.notes.until(&client.reservation.id, "begun").await;
        let connection = client.reservation.id.clone();
        drop(client);
        server.notes.until(&connection, "cancelled").await;
        server.notes.until(&connection, "disconnected").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n31_an_id_in_use_is_refused_and_the_first_can_still_be_cancelled() {
    let server = Server::start(Options::default().maximum_parallel_invocations(4)).await;
    let mut client = connect(&server, Encoding::Json).await;
    client.call("1", "untilCancelled", json!([1])).await;
    client.send(stream("s", "endless")).await;
    for id in ["1", "s"] {
        for again in [
            json!({ "type": 1, "invocationId": id, "target": "untilCancelled", "arguments": [2] }),
            stream(id, "endless"),
        ] {
            client.send(again).await;
            let text = format!("Invocation ID '{id}' is already in use.");
            assert_eq!(client.completion(id).await["error"], text);
        }
    }
    client.send_all(&[cancel("1"), cancel("s")]).await;
    assert_eq!(client.completion("1").await["result"], 1);
    assert_eq!(client.completion("s").await, completion("s"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n32_an_upload_stream_in_use_is_refused_and_goes_on() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut client = connect(&server, encoding).await;
        let text =
            "An unexpected error occurred invoking 'sum' on the server. HubException: Stream ID 'u' is already in use.";
        client.send_all(&[upload("1", "sum", &["u"]), item("u", 1), upload("2", "sum", &["u"])]).await;
        assert_eq!(client.completion("2").await["error"], text);
        // Twice in one list; what the failing call had opened is free again.
        let text = text.replace("'sum'", "'sumTwo'").replace("'u'", "'v'");
        client.send(upload("3", "sumTwo", &["v", "v"])).await;
        assert_eq!(client.completion("3").await["error"], *text);
        // Without an id nobody is told.
        client.send(json!({ "type": 1, "target": "sum", "arguments": [], "streamIds": ["u"] })).await;
        client.send_all(&[item("u", 2), completion("u")]).await;
        assert_eq!(client.completion("1").await["result"], 3);
        client
            .send_all(&[
                upload("4", "sumTwo", &["u", "v"]),
                item("u", 4),
                item("v", 5),
                completion("u"),
                completion("v"),
            ])
            .await;
        assert_eq!(client.completion("4").await["result"], 9);
        assert_eq!(client.so_far().await, [] as [Value; 0]);
    }
}

/// `InvokeAsync` whose token fires sends CancelInvocation and forgets the call; the next one has a new id.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n33_a_call_that_the_net_client_cancels_does_not_hold_up_the_next() {
    let server = Server::start(Options::default()).await;
    let mut client = connect(&server, Encoding::Json).await;
    let call = |id: &str, target: &str, arguments: &str| {
        format!("{{\"type\":1,\"invocationId\":\"{id}\",\"target\":\"{target}\",\"arguments\":{arguments}}}\u{1e}")
    };
    client.send_bytes(call("1", "untilCancelledFails", "[]").as_bytes()).await;
    server.notes.until(&client.reservation.id, "begun").await;
    client.send_bytes(b"{\"type\":5,\"invocationId\":\"1\"}\x1e").await;
    client.send_bytes(call("2", "echo", "[\"next\"]").as_bytes()).await;
    let first = client.next().await.unwrap();
    assert!(first["invocationId"] == "1" && first["error"].is_string(), "{first}");
    assert_eq!(client.next().await.unwrap(), json!({ "type": 3, "invocationId": "2", "result": "next" }));
}

/// The client arms a timer by the lifetime in negotiate, posts to the hub's own URL, and reads a lifetime from the answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n34_the_net_client_refreshes_as_it_does_and_a_refusal_leaves_the_connection() {
    let options = Options::default().enable_authentication_refresh(true);
    let server = Server::start(options).await;
    let ann = server.peer("ann;3600").with_query("&app=1");
    let mut client = Core::connect(&ann, Encoding::Json).await;
    let lifetime = client.reservation.answer["tokenLifetimeSeconds"].as_i64().unwrap();
    assert!(i32::try_from(lifetime).is_ok_and(|lifetime| lifetime > 3_500), "an integer of 32 bits: {lifetime}");
    let token = client.reservation.token.clone();
    let refresh = async |bearer: &str, token: &str| {
        let headers = [
            ("User-Agent", "Microsoft SignalR/11.0 (11.0.0; Linux; .NET; .NET 11.0.0)"),
            ("X-Requested-With", "XMLHttpRequest"),
            ("X-SignalR-Connection-Token", token),
        ];
        server.peer(bearer).ask("POST", "/refresh", "app=1", &headers, b"").await
    };
    let reply = refresh("ann;7200;team=blue", &token).await;
    assert_eq!(reply.status, 200);
    let object = reply.json();
    assert!(object["tokenLifetimeSeconds"].as_i64().is_some_and(|seconds| seconds > 7_100), "{object}");
    assert_eq!(client.invoke("who", json!([])).await["result"], "ann of blue team, id ann");
    assert_eq!(refresh("bob;7200", &token).await.status, 403);
    assert_eq!(refresh("ann;7200", "AAAAAAAAAAAAAAAAAAAAAA").await.status, 404);
    client.assert_alive().await;

    let fails = hub_core::core::OnAuthenticationRefresh::new(|_| async { panic!("the callback's own fault") });
    let options = Options::default().enable_authentication_refresh(true).on_authentication_refresh(Some(fails));
    let failing = Server::start(options).await;
    let mut client = Core::connect(&failing.peer("ann;3600"), Encoding::Json).await;
    assert_eq!(client.reservation.refresh(&failing.peer("ann;7200")).await.status, 500);
    client.assert_alive().await;
}
