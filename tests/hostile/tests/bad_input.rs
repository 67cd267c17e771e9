//! Input made to cost more than it is worth (R27, R28).

use std::time::Instant;

use hostile::{
    client::{Client, HUBS, Identity, invocation},
    encoded, http,
    linear::assert_linear,
    on_small_stacks,
    server::Server,
    websocket::{Frame, TEXT, WebSocket, frame, frame_head, in_fragments},
    within,
};
use hub_core::Options;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

/// More than one message of a depth bomb needs, so that depth is refused, not length.
pub(crate) fn roomy() -> Options {
    Options::default().max_incoming_bytes(1 << 20).max_post_bytes(1 << 20)
}

/// An argument that nests so deep.
pub(crate) fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

const DEPTH: usize = 100_000;

/// Times a text of 16 KB against one of 32, each sent with `send`.
async fn assert_sending_is_linear<S: AsyncFnMut(&mut WebSocket, &str)>(what: &str, mut send: S) {
    let server = Server::start_alone(Options::default()).await;
    let mut client = Client::connect(server.address).await;
    assert_linear(what, 16 * 1024, async |bytes| {
        let text = invocation("length", json!(["x".repeat(bytes - 40)]), 7);
        let begun = Instant::now();
        send(&mut client.socket, &text).await;
        let reply = client.reply("7").await;
        let took = begun.elapsed();
        assert_eq!(reply["R"], bytes - 40);
        took
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fragments_of_one_byte_cost_time_in_proportion() {
    assert_sending_is_linear("fragments", async |socket: &mut WebSocket, text: &str| {
        socket.write(&in_fragments(text)).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn segments_of_one_byte_cost_time_in_proportion() {
    assert_sending_is_linear("segments", async |socket: &mut WebSocket, text: &str| {
        for byte in frame(TEXT, true, text.as_bytes()) {
            socket.write(&[byte]).await;
        }
    })
    .await;
}

#[test]
fn nesting_in_an_argument_or_in_the_state_is_an_error_response() {
    on_small_stacks(async {
        let server = Server::start(roomy()).await;
        let mut client = Client::connect(server.address).await;
        for depth in [21, 1_000, DEPTH] {
            client.socket.send(&format!(r#"{{"H":"lab","M":"echo","A":[{}],"I":90}}"#, nested(depth))).await;
            let reply = client.any_reply().await;
            assert!(reply["E"].is_string(), "an argument {depth} deep: {reply}");
            client
                .socket
                .send(&format!(r#"{{"H":"lab","M":"echo","A":[1],"S":{{"s":{}}},"I":91}}"#, nested(depth)))
                .await;
            let reply = client.any_reply().await;
            assert!(reply["E"].is_string(), "a state {depth} deep: {reply}");
        }
        for unfinished in ["[".repeat(DEPTH), r#"{"A":"#.repeat(DEPTH), format!(r#"{{"A":{}"#, "[".repeat(DEPTH))] {
            client.socket.send(&unfinished).await;
            let reply = client.any_reply().await;
            assert!(reply["E"].is_string() && reply["I"] == Value::Null, "{reply}");
        }
        client.assert_alive().await;
    });
}

#[test]
fn nesting_in_a_posted_message_is_refused() {
    on_small_stacks(async {
        let server = Server::start(roomy()).await;
        let client = Client::connect(server.address).await;
        let message = format!(r#"{{"H":"lab","M":"echo","A":[{}],"I":1}}"#, nested(DEPTH));
        let reply = client.identity.send("longPolling", &message).await;
        assert!(reply.status == 400 || reply.json()["E"].is_string(), "{}", reply.status);
        let reply = client.identity.send("longPolling", &"[".repeat(DEPTH)).await;
        assert_eq!(reply.status, 400);
    });
}

#[test]
fn nesting_in_connection_data_is_a_bad_request() {
    on_small_stacks(async {
        let server = Server::start(roomy()).await;
        let data = |text: &str| format!("/signalr/negotiate?clientProtocol=2.1&connectionData={text}");
        for text in
            ["[".repeat(10_000), nested(8_000), format!(r#"[{{"name":{}}}]"#, nested(3_000)).replace('"', "%22")]
        {
            let reply = http::get(server.address, &data(&text), &[]).await;
            assert_eq!(reply.status, 400, "{} bytes: {}", text.len(), reply.text());
        }
        // What nobody asks for is skipped, however deep.
        let text = format!(r#"[{{"name":"lab","x":{}}}]"#, nested(3_000)).replace('"', "%22");
        assert_eq!(http::get(server.address, &data(&text), &[]).await.status, 200);
        // More than a query may have: 414 of the mount's, or 431 of the HTTP server's.
        for text in ["[".repeat(DEPTH), "[".repeat(20_000)] {
            let reply = http::get(server.address, &data(&text), &[]).await;
            assert!(matches!(reply.status, 414 | 431), "{} bytes: {}", text.len(), reply.status);
        }
        Client::connect(server.address).await.assert_alive().await;
    });
}

#[test]
fn a_frame_that_claims_more_than_may_come_closes_the_socket() {
    on_small_stacks(async {
        let server = Server::start(Options::default()).await;
        let mut other = Client::connect(server.address).await;
        for claimed in [1_u64 << 62, u64::MAX, 1 << 32, 65_537] {
            let mut client = Client::connect(server.address).await;
            client.socket.write(&frame_head(TEXT, true, claimed)).await;
            let end = client.socket.receive().await;
            assert!(matches!(end, Frame::Close(Some(1009 | 1002)) | Frame::Gone), "{claimed}: {end:?}");
            other.assert_alive().await;
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fragments_that_never_end_close_the_socket() {
    let server = Server::start(Options::default()).await;
    let mut client = Client::connect(server.address).await;
    let part = "x".repeat(10_000);
    for at in 0..8 {
        client.socket.write(&frame(if at == 0 { TEXT } else { 0 }, false, part.as_bytes())).await;
    }
    let end = client.socket.receive().await;
    assert!(matches!(end, Frame::Close(Some(1009)) | Frame::Gone), "{end:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_claims_ten_gigabytes_is_refused_unread() {
    let server = Server::start(Options::default()).await;
    let identity = Identity::negotiate(server.address, "").await;
    let path = identity.path("send", "longPolling");
    let mut socket = http::open(server.address).await;
    let head = http::head("POST", &path, &[("Content-Length", "10737418240")]);
    socket.write_all(head.as_bytes()).await.unwrap();
    // The limit and a little more; the other ten gigabytes never come.
    let _ = socket.write_all(&vec![b'x'; 70_000]).await;
    let (reply, _) = within("a refusal", http::read_head(&mut socket)).await;
    assert!(matches!(reply.status, 413 | 400), "{}", reply.status);
    Client::connect(server.address).await.assert_alive().await;
}

#[test]
fn a_hundred_thousand_empty_messages_are_each_answered() {
    on_small_stacks(async {
        const COUNT: usize = 100_000;
        let server = Server::start(Options::default()).await;
        let mut client = Client::connect(server.address).await;
        let batch = frame(TEXT, true, b"{}").repeat(100);
        for _ in 0..COUNT / 100 {
            client.socket.write(&batch).await;
            for _ in 0..100 {
                let reply = client.any_reply().await;
                assert!(reply["E"].is_string(), "{reply}");
            }
        }
        client.assert_alive().await;
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_holds_to_the_byte_however_small_it_is() {
    const LIMIT: usize = 100;
    let server = Server::start(Options::default().max_incoming_bytes(LIMIT)).await;
    let message = |bytes: usize| {
        let around = json!({ "H": "lab", "M": "echo", "A": [""], "I": 1 }).to_string().len();
        json!({ "H": "lab", "M": "echo", "A": ["x".repeat(bytes - around)], "I": 1 }).to_string()
    };
    let mut client = Client::connect(server.address).await;
    client.socket.send(&message(LIMIT)).await;
    assert!(client.reply("1").await["R"].is_string());
    client.socket.send(&message(LIMIT + 1)).await;
    assert_eq!(client.socket.receive().await, Frame::Close(Some(1009)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_names_are_refused_like_short_ones() {
    let server = Server::start(Options::default().max_incoming_bytes(1 << 18)).await;
    let mut client = Client::connect(server.address).await;
    let long = "m".repeat(64 * 1024);
    let reply = client.call(&long, json!([])).await;
    assert!(reply["E"].is_string(), "a method of 64 KiB");
    client.socket.send(&json!({ "H": long, "M": "echo", "A": [], "I": 50 }).to_string()).await;
    assert!(client.reply("50").await["E"].is_string(), "a hub of 64 KiB");
    client.socket.send(&json!({ "H": "lab", "M": "echo", "A": [1], "I": long }).to_string()).await;
    let reply = client.any_reply().await;
    assert_eq!(reply["I"], long, "an invocation id is echoed");
    client.assert_alive().await;
}

#[test]
fn what_is_no_message_is_answered_or_ends_the_socket_alone() {
    on_small_stacks(async {
        let server = Server::start(Options::default()).await;
        let mut other = Client::connect(server.address).await;
        for text in ["", "null", "[]", "1e999", "{\"I\":{}}", "\u{0}", "{\"H\":1}", "{\"A\":{}}", "{\"H\":\"lab\"}"] {
            let mut client = Client::connect(server.address).await;
            client.socket.send(text).await;
            assert!(client.any_reply().await["E"].is_string(), "{text:?}");
            client.assert_alive().await;
        }
        // Not UTF-8, a reserved bit, a continuation of nothing, a control frame in parts, an unknown opcode.
        for bytes in [
            frame(TEXT, true, &[0xFF, 0xFE]),
            frame(TEXT | 0x40, true, b"{}"),
            frame(0, true, b"{}"),
            frame(9, false, b"x"),
            frame(0xB, true, b"x"),
        ] {
            let mut client = Client::connect(server.address).await;
            client.socket.write(&bytes).await;
            let end = client.socket.receive().await;
            assert!(matches!(end, Frame::Close(_) | Frame::Gone), "{bytes:?}: {end:?}");
            other.assert_alive().await;
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_token_or_cursor_is_a_bad_request() {
    let server = Server::start(Options::default()).await;
    let identity = Identity::negotiate(server.address, "").await;
    for token in ["", "x", "\0", &identity.token[1..], &identity.token.to_uppercase(), &"A".repeat(10_000)] {
        let path =
            format!("/signalr/connect?transport=longPolling&connectionData={HUBS}&connectionToken={}", encoded(token));
        assert_eq!(http::post(server.address, &path, &[], "").await.status, 400, "{} bytes", token.len());
    }
    let client = Client::connect(server.address).await;
    let path = client.identity.path("poll", "longPolling");
    // Cursors of this process that go wrong; any other text means "from now".
    let prefix = client.cursor.rsplit_once('-').unwrap().0;
    for rest in ["", "x", "\0", "-1", "1,2", "\u{1F600}", &"9".repeat(5_000)] {
        let form = format!("messageId={}", encoded(&format!("{prefix}-{rest}")));
        let reply = http::post(server.address, &path, &[], &form).await;
        assert_eq!(reply.status, 400, "{rest:?}");
    }
}
