//! The core wire as nobody should speak it, in both encodings (R27, R28, R29, R31, R32). What a fault costs is in `allocation`.

use std::time::{Duration, Instant};

use hostile::{
    core::{Core, Peer, RS, encode},
    encoded, http,
    server::Server,
    websocket::{Frame, message_in_fragments},
    within,
};
use hub_core::{Options, protocol::Encoding};
use serde_json::{Value, json};

/// More than a bomb needs, so that what it is is refused and not its length.
pub(crate) fn roomy() -> Options {
    Options::default().maximum_receive_message_size(Some(4 << 20))
}

/// A frame that claims this length.
fn with_length(mut length: usize, message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    while length > 127 {
        frame.push((length & 0x7F) as u8 | 0x80);
        length >>= 7;
    }
    frame.push(length as u8);
    frame.extend_from_slice(message);
    frame
}

fn whole(message: &[u8]) -> Vec<u8> {
    with_length(message.len(), message)
}

/// A value that nests so deep, as the argument of a call.
fn deep_call(encoding: Encoding, depth: usize) -> Vec<u8> {
    match encoding {
        Encoding::Json => {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            format!(r#"{{"type":1,"invocationId":"1","target":"echo","arguments":[{open}{close}]}}{RS}"#).into()
        }
        Encoding::MessagePack => {
            let mut message = b"\x96\x01\x80\xa11\xa4echo\x91".to_vec();
            message.extend(std::iter::repeat_n(0x91, depth - 1));
            message.extend(b"\x90\x90");
            whole(&message)
        }
    }
}

/// What ends a connection, by what it is, each with its bytes.
pub(crate) fn bombs(encoding: Encoding) -> Vec<(&'static str, Vec<u8>)> {
    match encoding {
        Encoding::Json => vec![
            ("an argument 100,000 deep", deep_call(encoding, 100_000)),
            (
                "a member that nobody knows, 100,000 deep",
                format!(r#"{{"type":6,"x":{}{}}}{RS}"#, "[".repeat(100_000), "]".repeat(100_000)).into(),
            ),
            ("a million empty messages", RS.repeat(1_000_000).into()),
            ("brackets without end", format!("{}{RS}", "[".repeat(1_000_000)).into()),
        ],
        Encoding::MessagePack => vec![
            ("an argument a million deep", deep_call(encoding, 1_000_000)),
            ("a surplus element a million deep", whole(&[&b"\x92\x06"[..], &[0x91; 1_000_000], b"\x90"].concat())),
            ("a million empty messages", vec![0; 1_000_000]),
            ("bytes of four billion", whole(b"\x94\x02\x80\xa17\xc6\xff\xff\xff\xff")),
            ("a text of four billion", whole(b"\x96\x01\x80\xc0\xdb\xff\xff\xff\xff")),
            ("an array of four billion", whole(b"\x95\x01\x80\xc0\xa4echo\xdd\xff\xff\xff\xff")),
            ("a map of four billion", whole(b"\x96\x01\xdf\xff\xff\xff\xff")),
            ("an extension of four billion", whole(b"\x94\x02\x80\xa17\xc9\xff\xff\xff\xff\x01")),
            ("a length of two billion", with_length(i32::MAX as usize, b"\x91\x06")),
            ("a length beyond that", b"\xff\xff\xff\xff\x0f".to_vec()),
            ("a length that goes on", b"\xff\xff\xff\xff\xff\xff\xff\x01".to_vec()),
        ],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_deep_or_too_long_is_a_fault_and_ends_its_connection_alone() {
    let server = Server::start(roomy()).await;
    for encoding in Encoding::ALL {
        let mut other = Core::connect(&server.peer(), encoding).await;
        for (what, bytes) in bombs(encoding) {
            let mut client = Core::connect(&server.peer(), encoding).await;
            client.assert_alive().await;
            client.send_bytes(&bytes).await;
            client.assert_fault(what).await;
            other.assert_alive().await;
        }
    }
    assert_eq!(server.notes.marks(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_levels_pass_and_one_more_is_a_fault() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut client = Core::connect(&server.peer(), encoding).await;
        client.send_bytes(&deep_call(encoding, 62)).await;
        assert!(client.completion("1").await["result"].is_array());
        client.send_bytes(&deep_call(encoding, 63)).await;
        client.assert_fault("63 levels in an argument").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_beyond_the_limit_is_a_fault_before_it_is_whole() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut client = Core::connect(&server.peer(), encoding).await;
        let call = |length: usize| {
            let text = "x".repeat(length);
            encode(encoding, &json!({ "type": 1, "invocationId": "1", "target": "length", "arguments": [text] }))
        };
        let around = call(1_000).len() - 1_000;
        // A text that is longer has one more byte in its length, and so does the message.
        let fits = (0..4).map(|less| call(32_768 - around - less)).find(|frame| frame.len() <= 32_768).unwrap();
        client.send_bytes(&fits).await;
        assert!(client.completion("1").await["result"].is_u64());
        let beyond = (0..4).map(|more| call(32_768 - around + more)).find(|frame| frame.len() > 32_768).unwrap();
        assert_eq!(beyond.len(), 32_769);
        // The last byte is not needed to see it.
        let cut = if encoding == Encoding::Json { [&beyond[..32_768], b"x"].concat() } else { beyond[..10].to_vec() };
        client.send_bytes(&cut).await;
        client.assert_fault("one byte too many").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_types_are_passed_over_however_many() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut client = Core::connect(&server.peer(), encoding).await;
        let unknown = match encoding {
            Encoding::Json => format!("{{\"type\":42,\"what\":[1]}}{RS}").into_bytes(),
            Encoding::MessagePack => whole(b"\x93\x2a\x80\xa1x"),
        };
        client.send_bytes(&unknown.repeat(1_000)).await;
        assert_eq!(client.so_far().await, [] as [Value; 0]);
    }
}

/// Twice the input may take 2.3 times as long: best of some, in turns, so that a slow moment hits both.
async fn assert_linear(encoding: Encoding, in_fragments: bool) {
    let server = Server::start_alone(Options::default()).await;
    let mut client = Core::connect(&server.peer(), encoding).await;
    let mut time = async |bytes: usize| {
        let call = json!({ "type": 1, "invocationId": "1", "target": "length", "arguments": ["x".repeat(bytes)] });
        let message = encode(encoding, &call);
        let begun = Instant::now();
        if in_fragments {
            let fragments = message_in_fragments(client.opcode(), &message);
            client.socket.write(&fragments).await;
        } else {
            for byte in hostile::websocket::frame(client.opcode(), true, &message) {
                client.socket.write(&[byte]).await;
            }
        }
        assert_eq!(client.completion("1").await["result"], bytes);
        begun.elapsed()
    };
    time(1_024).await;
    let (mut half, mut all) = (Duration::MAX, Duration::MAX);
    for round in 1.. {
        half = half.min(time(15_000).await);
        all = all.min(time(30_000).await);
        let ratio = all.as_secs_f64() / half.as_secs_f64();
        // More rounds only help a machine that was busy: what is quadratic takes four times as long in all of them.
        if round >= 3 && ratio <= 2.3 {
            return;
        }
        assert!(round < 60, "15 KB took {half:?}, 30 KB {all:?}: {ratio:.2} times as long");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pieces_of_one_byte_cost_time_in_proportion() {
    for encoding in Encoding::ALL {
        assert_linear(encoding, true).await;
        assert_linear(encoding, false).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_that_shake_no_hands_are_closed_and_hold_up_nobody() {
    const SILENT: usize = 200;
    let server = Server::start(Options::default().handshake_timeout(Duration::from_millis(1_500))).await;
    let peer = server.peer();
    let mut silent = Vec::new();
    for at in 0..SILENT {
        let reservation = peer.negotiate().await;
        let mut socket = reservation.web_socket().await.unwrap();
        match at % 3 {
            0 => {}
            1 => socket.send("{").await,
            // As much as a message may have, and no end.
            _ => socket.send(&"x".repeat(40_000)).await,
        }
        silent.push(socket);
    }
    let begun = Instant::now();
    let mut client = Core::connect(&peer, Encoding::MessagePack).await;
    client.assert_alive().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "a good client waits {:?}", begun.elapsed());
    for mut socket in silent {
        assert_eq!(socket.receive().await, Frame::Text(format!("{{\"error\":\"Handshake was canceled.\"}}{RS}")));
        assert_eq!(socket.receive().await, Frame::Close(Some(1000)));
    }
    assert_eq!(server.hubs.stats().connections, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_without_end_are_bounded_and_the_calls_beside_them_go_on() {
    const MANY: usize = 2_000;
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut client = Core::connect(&server.peer(), encoding).await;
        for at in 0..MANY {
            client
                .send(json!({ "type": 4, "invocationId": format!("s{at}"), "target": "endless", "arguments": [] }))
                .await;
        }
        client.assert_alive().await;
        let refused = client.so_far().await;
        assert_eq!(refused.len(), MANY - 100);
        assert!(
            refused
                .iter()
                .all(|refused| refused["error"].as_str().unwrap().ends_with("too many streams on this connection."))
        );
        // An id in use, one that is free again, and answers and items for what nobody asked.
        client.send(json!({ "type": 4, "invocationId": "s0", "target": "endless", "arguments": [] })).await;
        assert_eq!(client.completion("s0").await["error"], "Invocation ID 's0' is already in use.");
        client.send(json!({ "type": 5, "invocationId": "s0" })).await;
        assert_eq!(client.completion("s0").await, json!({ "type": 3, "invocationId": "s0" }));
        for stray in [
            json!({ "type": 3, "invocationId": "s999", "result": { "a": [1] } }),
            json!({ "type": 3, "invocationId": "unknown", "error": "no" }),
            json!({ "type": 2, "invocationId": "unknown", "item": 1 }),
            json!({ "type": 5, "invocationId": "unknown" }),
        ] {
            client.send_all(&vec![stray; 200]).await;
        }
        assert_eq!(client.so_far().await, [] as [Value; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_that_never_end_wait_within_their_bounds() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut client = Core::connect(&server.peer(), encoding).await;
        let mut other = Core::connect(&server.peer(), encoding).await;
        let begun = server.notes.begun();
        client
            .send(json!({ "type": 1, "invocationId": "1", "target": "sum", "arguments": [], "streamIds": ["u"] }))
            .await;
        server.notes.until_begun(begun + 1).await;
        // The method does not read: what comes fills the stream, then the input, then the network.
        let items: Vec<Value> = (0..20).map(|_| json!({ "type": 2, "invocationId": "u", "item": 1 })).collect();
        client.send_all(&items).await;
        other.assert_alive().await;
        server.notes.release(1);
        client.send(json!({ "type": 3, "invocationId": "u" })).await;
        assert_eq!(client.completion("1").await["result"], 20);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_target_is_an_error_like_a_short_one_and_is_not_repeated_whole() {
    let server = Server::start(roomy()).await;
    for encoding in Encoding::ALL {
        let mut client = Core::connect(&server.peer(), encoding).await;
        let refused = client.invoke(&"m".repeat(1 << 20), json!([])).await;
        let text = refused["error"].as_str().unwrap();
        assert!(text.starts_with("Failed to invoke 'mmm") && text.ends_with("HubException: Method does not exist."));
        assert!(text.len() < 1_000, "{} bytes", text.len());
        client.assert_alive().await;
    }
}

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
        "ß",
        "\u{feff}",
        "\u{1e}",
        "$token",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("n".repeat(256));
    names.push("😀".repeat(64));
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_reached_by_its_own_name_alone() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut sender = Core::connect(&server.peer(), encoding).await;
        let mut members = Vec::new();
        for name in names() {
            let mut member = Core::connect(&server.peer(), encoding).await;
            assert!(member.invoke("join", json!([name])).await.get("error").is_none(), "{name:?}");
            members.push((name, member));
        }
        for name in names() {
            assert!(sender.invoke("say", json!([name, format!("to {name}")])).await.get("error").is_none(), "{name:?}");
        }
        let refused = ["n".repeat(257), format!("{}x", "😀".repeat(64))];
        for name in refused {
            assert!(sender.invoke("join", json!([name])).await["error"].is_string(), "{} bytes", name.len());
        }
        for (name, mut member) in members {
            let said = member.so_far().await;
            let expected = json!({ "type": 1, "target": "said", "arguments": [format!("to {name}")] });
            assert_eq!(said, [expected], "{name:?}");
        }
        assert_eq!(sender.so_far().await, [] as [Value; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_reached_by_the_own_id_alone_and_a_method_by_the_own_name() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut sender = Core::connect(&server.peer(), encoding).await;
        let mut users = Vec::new();
        for name in names() {
            let peer = Peer { query: format!("&user={}", encoded(&name)), ..server.peer() };
            users.push((name, Core::connect(&peer, encoding).await));
        }
        for name in names() {
            sender.invoke("sayToUser", json!([name, format!("to {name}")])).await;
            let called = sender.invoke(&name, json!([])).await;
            assert!(called["error"].as_str().unwrap().ends_with("Method does not exist."), "{name:?}: {called}");
            assert_eq!(
                sender.invoke("echo", json!([{ name.clone(): name }])).await["result"],
                json!({ name.clone(): name })
            );
        }
        for (name, mut user) in users {
            let said: Vec<Value> = user.so_far().await.into_iter().map(|said| said["arguments"].clone()).collect();
            assert_eq!(said, [json!([format!("to {name}")])], "{name:?}");
        }
    }
    let path = format!("{}/negotiate?user={}", hostile::server::LAB, "n".repeat(257));
    assert_eq!(http::request(server.address, "POST", &path, &[], b"").await.status, 401);
}
