//! Returns to a connection as nobody should make them (R30), in short. The full form is `cargo run --release -p load --bin resume_abuse`.

use hostile::{
    core::{Core, Peer},
    server::Server,
    websocket::{Frame, WebSocket},
    within,
};
use hub_core::{Options, protocol::Encoding};
use serde_json::{Value, json};

fn stateful() -> Options {
    Options::default().allow_stateful_reconnects(true)
}

fn user(server: &Server, name: &str) -> Peer {
    server.peer().with_query(&format!("&user={name}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_comes_back_with_a_connection_and_its_owner_notices_nothing() {
    let server = Server::start(stateful()).await;
    for encoding in Encoding::ALL {
        let mut ann = Core::connect_stateful(&user(&server, "ann"), encoding).await;
        for other in [user(&server, "bob"), user(&server, "Ann"), user(&server, "ann%20"), server.peer()] {
            // More often than the owner might come back.
            for _ in 0..25 {
                let refused = ann.reservation.by(&other).web_socket().await.unwrap_err();
                assert_eq!((refused.status, refused.header("content-type")), (403, Some("text/plain")));
                assert_eq!(refused.text(), "The user associated with this connection changed.");
            }
            ann.assert_alive().await;
        }
        // Nor was any of that counted among the returns of the owner.
        let mut ann = ann.come_back().await;
        assert_eq!(ann.next().await.unwrap()["type"], 9);
        ann.assert_alive().await;
        assert_eq!(server.notes.events(&ann.reservation.id), ["connected"]);
    }
}

/// Reads what was on its way when another took over, until the socket is closed.
async fn closed(socket: &mut WebSocket) {
    loop {
        match socket.receive().await {
            Frame::Text(_) | Frame::Binary(_) => {}
            end => return assert_eq!(end, Frame::Close(Some(1000))),
        }
    }
}

/// One of two sockets is closed; gives the other.
async fn the_one_that_stays(mut one: WebSocket, mut other: WebSocket) -> WebSocket {
    let is_one = within("one of two to be closed", async {
        tokio::select! {
            () = closed(&mut one) => true,
            () = closed(&mut other) => false,
        }
    });
    if is_one.await { other } else { one }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_returns_at_once_one_has_the_connection_and_the_other_is_closed() {
    const ROUNDS: usize = 9;
    let server = Server::start(stateful()).await;
    for encoding in Encoding::ALL {
        let mut client = Core::connect_stateful(&user(&server, "ann"), encoding).await;
        client.assert_alive().await;
        for _ in 0..ROUNDS {
            let reservation = client.reservation.clone();
            let (one, other) = tokio::join!(reservation.web_socket(), reservation.web_socket());
            let socket = the_one_that_stays(one.unwrap(), other.unwrap()).await;
            client = client.come_back_on(socket);
            client.assert_alive().await;
        }
        assert_eq!(server.notes.events(&client.reservation.id), ["connected"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_in_a_loop_is_told_to_wait() {
    let server = Server::start(stateful()).await;
    for encoding in Encoding::ALL {
        let client = Core::connect_stateful(&server.peer(), encoding).await;
        let mut tries = 0;
        let refused = loop {
            match client.reservation.web_socket().await {
                // A slow machine earns it some more.
                Ok(_) => tries += 1,
                Err(refused) => break refused,
            }
        };
        assert!(tries >= 20, "{tries} were let through");
        assert_eq!((refused.status, &*refused.text()), (429, "The connection was resumed too often."));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_acknowledges_stays_within_the_budget_of_the_process_and_others_are_served() {
    const BUDGET: usize = 500_000;
    const TEXT: usize = 10_000;
    let server = Server::start(stateful().process_outbox_bytes(BUDGET)).await;
    for encoding in Encoding::ALL {
        let mut honest = Core::connect_stateful(&user(&server, "ann"), encoding).await;
        let mut hoarders: Vec<Core> = Vec::new();
        for at in 0..20 {
            let mut hoarder = Core::connect_stateful(&user(&server, &format!("eve{at}")), encoding).await;
            // Nine answers are kept for it, and sent again at each return.
            for number in 0..9 {
                hoarder.call(&number.to_string(), "echo", json!(["x".repeat(TEXT)])).await;
            }
            // Unless it is the one who gives way.
            while hoarder.next().await.is_some_and(|message| message["invocationId"] != "8") {}
            hoarders.push(hoarder);
            let queued = server.hubs.stats().queued_bytes;
            assert!(queued <= BUDGET + 2 * TEXT, "{queued} bytes are kept");
            honest.assert_alive().await;
        }
        let mut gave_way = 0;
        for _ in 0..15 {
            for hoarder in &mut hoarders {
                match hoarder.reservation.web_socket().await {
                    Ok(socket) => hoarder.socket = socket,
                    Err(refused) => {
                        assert!(matches!(refused.status, 204 | 404 | 429), "{}", refused.status);
                        gave_way += usize::from(refused.status != 429);
                    }
                }
                let queued = server.hubs.stats().queued_bytes;
                assert!(queued <= BUDGET + 2 * TEXT, "{queued} bytes are kept");
            }
            honest.assert_alive().await;
        }
        assert!(gave_way >= 14 * 15, "{gave_way} returns of those who gave way");
        assert_eq!(honest.so_far().await, [] as [Value; 0]);
    }
}
