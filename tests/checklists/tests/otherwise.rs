//! Section 10.1, where ours differs on purpose, and 10.7, as it stands on sockets. `coverage.rs` says which line each test holds.

use std::time::Duration;

use checklists::{
    Server,
    server::{DESK, OTHER, RAW},
};
use hostile::{
    core::{Core, Peer, Reservation},
    websocket::{BINARY, CONTINUATION, Frame, frame},
};
use hub_core::{Options, SlowClientPolicy, protocol::Encoding};
use serde_json::{Value, json};
use tokio::time::timeout;

const SMALLEST_BOUND: usize = 64 * 1024;

async fn connect(server: &Server, encoding: Encoding) -> Core {
    Core::connect(&server.peer(""), encoding).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_encoding_cannot_say_is_sent_to_nobody_and_ends_nobody() {
    let server = Server::start(Options::default()).await;
    let mut json = connect(&server, Encoding::Json).await;
    let mut messagepack = connect(&server, Encoding::MessagePack).await;
    for client in [&mut json, &mut messagepack] {
        let refused = client.invoke("tellOddly", json!([])).await;
        let text = "An unexpected error occurred invoking 'tellOddly' on the server. HubException: not sent";
        assert_eq!(refused["error"], text);
    }
    let refused = json.invoke("infinity", json!([])).await;
    assert_eq!(refused["error"], "An unexpected error occurred invoking 'infinity' on the server.");
    for mut client in [json, messagepack] {
        assert_eq!(client.so_far().await, [] as [Value; 0], "{:?}", client.encoding);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_socket_is_closed_with_1000_and_the_new_one_does_not_wait_for_it() {
    let server = Server::start(Options::default().allow_stateful_reconnects(true)).await;
    for encoding in Encoding::ALL {
        let mut old = Core::connect_stateful(&server.peer(""), encoding).await;
        let socket = old.reservation.web_socket().await.unwrap();
        let mut new = Core::on(old.reservation.clone(), socket, encoding);
        // The old socket has not been read, let alone answered a close.
        assert_eq!(new.next().await.unwrap(), json!({ "type": 9, "sequenceId": 1 }));
        new.send(json!({ "type": 9, "sequenceId": 1 })).await;
        new.assert_alive().await;
        assert_eq!(old.end().await, (vec![], Frame::Close(Some(1000))));
        new.assert_alive().await;
        assert_eq!(server.notes.of(&new.reservation.id), ["connected"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_closes_hubs_with_1000_behind_their_close_and_raw_connections_with_1001() {
    let server = Server::start(Options::default()).await;
    let mut json = connect(&server, Encoding::Json).await;
    let mut messagepack = connect(&server, Encoding::MessagePack).await;
    let raw = server.peer_at(RAW, "").negotiate().await;
    let mut raw = raw.web_socket().await.unwrap();
    raw.write(&frame(BINARY, true, b"hello")).await;
    assert!(matches!(raw.receive().await, Frame::Text(text) if text == "hello"));
    let hubs = server.hubs.clone();
    let drained = tokio::spawn(async move { hubs.drain(Duration::ZERO).await });
    let close = json!({ "type": 7, "allowReconnect": true });
    for client in [&mut json, &mut messagepack] {
        assert_eq!(client.end().await, (vec![close.clone()], Frame::Close(Some(1000))));
    }
    assert_eq!(raw.receive().await, Frame::Close(Some(1001)));
    hostile::within("the end of the drain", drained).await.unwrap();
    for client in [&json, &messagepack] {
        server.notes.until(&client.reservation.id, "disconnected").await;
    }
    // Whoever comes now has to go elsewhere.
    for mount in [DESK, RAW] {
        assert_eq!(server.peer_at(mount, "").ask("POST", "/negotiate", "", &[], b"").await.status, 503);
        assert_eq!(Reservation::skipped(&server.peer_at(mount, "")).web_socket().await.unwrap_err().status, 503);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_is_the_routers_letter_for_letter() {
    let server = Server::start(Options::default()).await;
    for path in ["/DESK", "/desk/", "/desk/NEGOTIATE", "/desk/negotiate/", "/Desk/negotiate"] {
        let peer = Peer::new(server.address, path);
        assert_eq!(peer.ask("POST", "", "negotiateVersion=1", &[], b"").await.status, 404, "{path}");
    }
    // The query's names do ignore case, as upstream.
    assert_eq!(
        server.peer("").ask("POST", "/negotiate", "NEGOTIATEVERSION=1", &[], b"").await.json()["negotiateVersion"],
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_page_is_refused_unless_an_option_lets_it_in() {
    const FOREIGN: [(&str, &str); 3] =
        [("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")];
    let server = Server::start(Options::default()).await;
    let mut client = connect(&server, Encoding::Json).await;
    for (name, value) in FOREIGN {
        let mut page = server.peer("");
        let fresh = page.negotiate().await;
        page.headers.push((name, value.to_owned()));
        let reply = page.ask("POST", "/negotiate", "negotiateVersion=1", &[], b"").await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (403, None), "{name}: {value}");
        let fresh = fresh.by(&page);
        assert_eq!(fresh.web_socket().await.unwrap_err().status, 403, "{name}: {value}");
        assert_eq!(fresh.poll().await.status, 403, "{name}: {value}");
        assert_eq!(Reservation::skipped(&page).web_socket().await.unwrap_err().status, 403, "{name}: {value}");
        assert_eq!(client.reservation.by(&page).post(b"{\"type\":7}\x1e").await.status, 403, "{name}: {value}");
    }
    client.assert_alive().await;
    for options in [
        Options::default().any_origin(true),
        Options::default().allowed_origins(vec!["https://evil.example".to_owned()]),
    ] {
        let server = Server::start(options).await;
        let mut page = server.peer("");
        page.headers.push(("Origin", "https://evil.example".to_owned()));
        Core::connect(&page, Encoding::Json).await.assert_alive().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pings_and_acknowledgements_come_through_a_full_reconnect_buffer() {
    let options = Options::default()
        .allow_stateful_reconnects(true)
        .stateful_reconnect_buffer_size(100)
        .keep_alive_interval(Duration::from_secs(1));
    let server = Server::start(options).await;
    let mut client = Core::connect_stateful(&server.peer(""), Encoding::Json).await;
    // Nothing of it is acknowledged: the buffer stays full.
    for id in ["1", "2", "3"] {
        client.call(id, "echo", json!(["x".repeat(200)])).await;
    }
    client.message("a ping", |message| message["type"] == 6).await;
    // So do acknowledgements.
    client.message("an acknowledgement", |message| message["type"] == 8).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_closes_with_any_code_is_answered_and_gone() {
    let server = Server::start(Options::default()).await;
    for code in [1000_u16, 1001, 1011, 3000, 4999] {
        let mut client = connect(&server, Encoding::Json).await;
        client.socket.write(&frame(8, true, &code.to_be_bytes())).await;
        let (messages, end) = client.end().await;
        let Frame::Close(Some(answer)) = end else { panic!("{code} is answered with {end:?}") };
        assert!(answer == 1000 || answer == code, "{code} is answered with {answer}");
        assert_eq!(messages, [] as [Value; 0]);
        server.notes.until(&client.reservation.id, "disconnected").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_message_is_bounded_as_a_whole() {
    for (limit, bound) in [(None, SMALLEST_BOUND), (Some(1_000), SMALLEST_BOUND), (Some(100_000), 200_000)] {
        let options = Options::default();
        let options = if limit.is_some() { options.maximum_receive_message_size(limit) } else { options };
        let server = Server::start(options).await;
        for in_two in [false, true] {
            let pings = |bytes: usize| {
                let ping = "{\"type\":6}\u{1e}";
                let text = format!("{}{}", " ".repeat(bytes % ping.len()), ping.repeat(bytes / ping.len()));
                assert_eq!(text.len(), bytes);
                text.into_bytes()
            };
            let send = async |client: &mut Core, message: &[u8]| {
                let (one, two) = message.split_at(if in_two { message.len() / 2 } else { 0 });
                if in_two {
                    client.socket.write(&frame(1, false, one)).await;
                    client.socket.write(&frame(CONTINUATION, true, two)).await;
                } else {
                    client.socket.write(&frame(1, true, two)).await;
                }
            };
            let mut client = connect(&server, Encoding::Json).await;
            send(&mut client, &pings(bound)).await;
            client.assert_alive().await;
            send(&mut client, &pings(bound + 1)).await;
            assert_eq!(client.end().await.1, Frame::Close(Some(1009)), "{limit:?}");
            server.notes.until(&client.reservation.id, "disconnected").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_detailed_text_names_the_type_of_the_applications_error() {
    for detailed in [false, true] {
        let server = Server::start(Options::default().detailed_errors(detailed)).await;
        let mut client = connect(&server, Encoding::MessagePack).await;
        let text = |of: &str| format!("An unexpected error occurred invoking '{of}' on the server.");
        let failed = client.invoke("fails", json!([])).await;
        let more = if detailed { " ParseIntError: invalid digit found in string" } else { "" };
        assert_eq!(failed["error"], text("fails") + more);
        let told = client.invoke("failsInPublic", json!([])).await;
        assert_eq!(told["error"], text("failsInPublic") + " HubException: for you");
        // What a library says of an argument is in its own words.
        let unfit = client.invoke("untilCancelled", json!(["no number"])).await;
        let unfit = unfit["error"].as_str().unwrap();
        let begins = "Failed to invoke 'untilCancelled' due to an error on the server.";
        let more = unfit.strip_prefix(begins).unwrap();
        assert_eq!(more.is_empty(), !detailed, "{unfit}");
        assert!(!unfit.contains("System."), "{unfit}");
    }
}

/// Upstream refuses to renew credentials of Windows, before or behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_of_a_windows_domain_renews_credentials_like_any_other() {
    let server = Server::start(Options::default().enable_authentication_refresh(true)).await;
    let mut client = Core::connect(&server.peer(r"CORP\ann;team=red;authentication=NTLM"), Encoding::Json).await;
    for (token, status) in [
        (r"CORP\ann;team=blue;authentication=Negotiate", 200),
        (r"corp\ann;team=green;authentication=Negotiate", 403),
        (r"CORP\bob;team=green;authentication=Negotiate", 403),
        ("ann;team=green", 403),
    ] {
        let reply = client.reservation.refresh(&server.peer(token)).await;
        let text = if status == 200 { "{}" } else { r#"{"error":"user_changed"}"# };
        assert_eq!((reply.status, &*reply.text()), (status, text), "{token}");
        let who = client.invoke("who", json!([])).await;
        assert_eq!(who["result"], r"CORP\ann of blue team, id CORP\ann", "{token}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mounts_of_one_server_hear_each_other_and_other_servers_do_not() {
    let (server, another) = (Server::start(Options::default()).await, Server::start(Options::default()).await);
    let mut here = connect(&server, Encoding::Json).await;
    let mut there = Core::connect(&server.peer_at(OTHER, ""), Encoding::MessagePack).await;
    let mut elsewhere = connect(&another, Encoding::Json).await;
    for client in [&mut here, &mut there, &mut elsewhere] {
        client.invoke("join", json!(["room"])).await;
    }
    here.invoke("say", json!([["room"], "hello"])).await;
    for client in [&mut here, &mut there] {
        let said = client.message("what was said", |message| message["target"] == "said").await;
        assert_eq!(said["arguments"], json!(["hello"]));
    }
    assert_eq!(elsewhere.so_far().await, [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reads_nothing_delays_no_send_to_many_and_is_let_go() {
    let options = Options::default().outbox_messages(20).slow_clients(SlowClientPolicy::Disconnect);
    let server = Server::start(options).await;
    let mut reader = connect(&server, Encoding::Json).await;
    let mut sleeper = connect(&server, Encoding::Json).await;
    sleeper.invoke("join", json!(["room"])).await;
    let text = "x".repeat(20_000);
    let mut sends = 0;
    while !server.notes.of(&sleeper.reservation.id).contains(&"disconnected".to_owned()) {
        sends += 1;
        assert!(sends < 10_000, "it takes everything");
        // Half of what a send may wait where it waits for its client.
        let sent = timeout(Duration::from_secs(5), reader.invoke("say", json!([["room"], text]))).await;
        assert_eq!(sent.expect("nothing delays a send")["error"], Value::Null);
    }
    reader.assert_alive().await;
}
