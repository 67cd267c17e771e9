//! Connections that are begun and go no further (R29), in short. The full form is `cargo run --release -p load --bin handshake_flood`.

use std::time::{Duration, Instant};

use hostile::{
    core::{Core, RS},
    http,
    server::Server,
    websocket::Frame,
};
use hub_core::{Options, protocol::Encoding};
use tokio::io::AsyncWriteExt as _;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_that_shake_no_hands_are_closed_and_hold_up_nobody() {
    const SILENT: usize = 200;
    let server = Server::start(Options::default().handshake_timeout(Duration::from_millis(1_500))).await;
    let peer = server.peer();
    let (mut silent, mut unasked) = (Vec::new(), Vec::new());
    for at in 0..SILENT {
        let mut socket = peer.negotiate().await.web_socket().await.unwrap();
        match at % 3 {
            0 => {}
            1 => socket.send("{").await,
            // As much as a message may have, and no end.
            _ => socket.send(&"x".repeat(40_000)).await,
        }
        silent.push(socket);
        // And those that do not even ask for a WebSocket.
        let mut socket = http::open(server.address).await;
        if at % 2 == 0 {
            socket.write_all(b"GET /lab?id=").await.unwrap();
        }
        unasked.push(socket);
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
async fn a_head_of_64_kb_is_refused_before_it_ends() {
    let server = Server::start(Options::default()).await;
    let mut socket = http::open(server.address).await;
    let head = format!("GET /lab HTTP/1.1\r\nHost: lab.example\r\nX-Long: {}", "x".repeat(65_536));
    // It may have been refused before all of it was sent.
    let _ = socket.write_all(head.as_bytes()).await;
    let (reply, _) = http::read_head(&mut socket).await;
    assert_eq!(reply.status, 431);
    Core::connect(&server.peer(), Encoding::Json).await.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_negotiates_in_a_loop_keeps_nobody_out() {
    const MAX: usize = 50;
    let server = Server::start(Options::default().max_connections(MAX)).await;
    let peer = server.peer();
    let first = peer.negotiate().await;
    for _ in 0..2 * MAX {
        peer.negotiate().await;
    }
    let refused = first.web_socket().await.unwrap_err();
    assert_eq!((refused.status, &*refused.text()), (404, "No Connection with that ID"));
    // Connections do not give way, and all places can be theirs.
    let mut clients = Vec::new();
    for at in 0..MAX {
        peer.negotiate().await;
        let mut client = Core::connect(&peer, Encoding::ALL[at % 2]).await;
        client.assert_alive().await;
        clients.push(client);
    }
    let refused = peer.ask("POST", "/negotiate", "negotiateVersion=1", &[], b"").await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    for client in &mut clients {
        client.assert_alive().await;
    }
}
