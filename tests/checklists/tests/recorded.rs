//! What a recording leaves free, as ours does it: the situations of its steps on sockets of our own. `free.rs` says which test holds which
//! step; `otherwise.rs` and others hold most of them.

use checklists::{Server, server::RAW};
use hostile::{
    core::{Core, RS},
    http,
    websocket::{Frame, frame},
};
use hub_core::{Options, protocol::Encoding};
use serde_json::{Value, json};

const CLOSE: u8 = 8;

async fn connect(server: &Server, encoding: Encoding) -> Core {
    Core::connect(&server.peer(""), encoding).await
}

fn call(id: &str, target: &str, arguments: &Value) -> Value {
    json!({ "type": 1, "invocationId": id, "target": target, "arguments": arguments })
}

/// The call could not be made, and the connection goes on.
async fn assert_does_not_bind(client: &mut Core, target: &str, arguments: Value) {
    let refused = client.invoke(target, arguments).await;
    assert_eq!(refused["error"], format!("Failed to invoke '{target}' due to an error on the server."));
    client.assert_alive().await;
}

/// The call failed, and the connection goes on.
async fn assert_fails(client: &mut Core, target: &str, arguments: Value) {
    let failed = client.invoke(target, arguments).await;
    assert_eq!(failed["error"], format!("An unexpected error occurred invoking '{target}' on the server."));
    client.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_behind_a_carriage_return_alone_arrives_over_an_event_stream() {
    let server = Server::start(Options::default()).await;
    let raw = server.peer_at(RAW, "").negotiate().await;
    let (head, mut stream) = raw.events().await;
    assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
    for (text, lines) in [("a\rb", &["a", "b"][..]), ("\r\r\n\n", &["", "", "", ""])] {
        assert_eq!(raw.post(text.as_bytes()).await.status, 200);
        let event: String = lines.iter().map(|line| format!("data: {line}\r\n")).collect();
        http::read_until(&mut stream, &format!("\n{event}\r\n")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_infinity_that_comes_in_json_is_an_error_of_its_call_alone() {
    let server = Server::start(Options::default()).await;
    let mut client = connect(&server, Encoding::Json).await;
    for number in ["1e999", "-1e999"] {
        let call = format!("{{\"type\":1,\"invocationId\":\"1\",\"target\":\"half\",\"arguments\":[{number}]}}{RS}");
        client.send_bytes(call.as_bytes()).await;
        let refused = client.completion("1").await;
        assert_eq!(refused["error"], "Failed to invoke 'half' due to an error on the server.");
        client.assert_alive().await;
    }
    assert_eq!(server.notes.of(&client.reservation.id), ["connected"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn null_is_no_text_in_arguments_and_answers() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut client = connect(&server, encoding).await;
        assert_does_not_bind(&mut client, "join", json!([null])).await;
        assert_does_not_bind(&mut client, "sayToGroup", json!([null, "x"])).await;
        assert_does_not_bind(&mut client, "sayToUser", json!([null, "x"])).await;
        assert_does_not_bind(&mut client, "say", json!([[null], "x"])).await;
        // Null, no result at all, and what is no text.
        for (result, text) in [
            (Some(Value::Null), "Error trying to deserialize result to "),
            (None, "The client did not give a result."),
            (Some(json!(7)), "Error trying to deserialize result to "),
        ] {
            client.send(call("1", "askName", &json!([]))).await;
            let question = client.message("a question", |message| message["target"] == "name").await;
            let mut answer = json!({ "type": 3, "invocationId": question["invocationId"] });
            if let Some(result) = result {
                answer["result"] = result;
            }
            client.send(answer.clone()).await;
            let failed = client.completion("1").await;
            let text = format!("An unexpected error occurred invoking 'askName' on the server. HubException: {text}");
            assert!(failed["error"].as_str().is_some_and(|error| error.starts_with(&text)), "{answer}: {failed}");
            client.assert_alive().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_name_is_an_error_whatever_it_is_for() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut client = connect(&server, encoding).await;
        assert_fails(&mut client, "join", json!([""])).await;
        assert_fails(&mut client, "sayToGroup", json!(["", "x"])).await;
        assert_fails(&mut client, "say", json!([["", "room"], "x"])).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_with_more_or_less_than_it_may_have_is_a_fault() {
    let server = Server::start(Options::default()).await;
    let mut bystander = connect(&server, Encoding::Json).await;
    let whole = call("1", "echo", &json!(["x"])).to_string();
    for message in [
        format!("{whole} anything"),
        whole.replace("[\"x\"]", "[\"x\",]"),
        whole.replace("[\"x\"]", "[,\"x\"]"),
        whole.replace('}', ",}"),
    ] {
        let mut client = connect(&server, Encoding::Json).await;
        client.send_bytes(format!("{message}{RS}").as_bytes()).await;
        client.assert_fault(&message).await;
    }
    bystander.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_socket_that_answers_its_close_gives_way_to_the_new_one_as_well() {
    let server = Server::start(Options::default().allow_stateful_reconnects(true)).await;
    for encoding in Encoding::ALL {
        let mut old = Core::connect_stateful(&server.peer(""), encoding).await;
        let reservation = old.reservation.clone();
        let answers = tokio::spawn(async move {
            let end = old.end().await;
            old.socket.write(&frame(CLOSE, true, &1000_u16.to_be_bytes())).await;
            (end, old.socket.receive().await)
        });
        let socket = reservation.web_socket().await.expect("the new one takes over");
        let mut new = Core::on(reservation, socket, encoding);
        let ((messages, end), behind) = hostile::within("the end of the old socket", answers).await.unwrap();
        assert_eq!((messages, end, behind), (vec![], Frame::Close(Some(1000)), Frame::Gone));
        assert_eq!(new.next().await.unwrap(), json!({ "type": 9, "sequenceId": 1 }));
        new.send(json!({ "type": 9, "sequenceId": 1 })).await;
        new.assert_alive().await;
        assert_eq!(server.notes.of(&new.reservation.id), ["connected"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_follows_a_close_however_many_items_come_before_it() {
    let server = Server::start(Options::default().maximum_parallel_invocations(2)).await;
    for encoding in Encoding::ALL {
        let mut client = connect(&server, encoding).await;
        client.send(json!({ "type": 4, "invocationId": "1", "target": "count", "arguments": [] })).await;
        client.message("an item", |message| message["type"] == 2).await;
        client.send(json!({ "type": 1, "target": "abort", "arguments": [] })).await;
        let (mut messages, end) = client.end().await;
        assert_eq!((messages.pop(), end), (Some(json!({ "type": 7 })), Frame::Close(Some(1000))));
        assert!(messages.iter().all(|message| message["type"] == 2), "{messages:?}");
        server.notes.until(&client.reservation.id, "disconnected").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_closes_under_a_call_has_its_completion_or_none_and_then_the_close() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut client = connect(&server, encoding).await;
        client.send(call("1", "untilCancelled", &json!([1]))).await;
        server.notes.until(&client.reservation.id, "begun").await;
        client.socket.write(&frame(CLOSE, true, &1000_u16.to_be_bytes())).await;
        let (messages, end) = client.end().await;
        assert!(messages.is_empty() || messages == [json!({ "type": 3, "invocationId": "1", "result": 1 })]);
        assert_eq!(end, Frame::Close(Some(1000)));
        server.notes.until(&client.reservation.id, "disconnected").await;
    }
}

/// Without the headers of a preflight it is a method like any other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn options_that_ask_for_nothing_are_not_allowed() {
    let server = Server::start(Options::default()).await;
    for action in ["", "/negotiate"] {
        let reply = server.peer("").ask("OPTIONS", action, "", &[], b"").await;
        assert_eq!((reply.status, reply.body.len()), (405, 0), "{action:?}");
        assert_eq!(reply.header("content-type"), Some("text/plain"), "{action:?}");
    }
}
