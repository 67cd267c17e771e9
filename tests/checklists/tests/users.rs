//! Section 9.10, "Other user, other mount, renewed credentials".

use checklists::{
    Server,
    server::{OTHER, until},
};
use hostile::{
    core::{Core, Reservation},
    http::Reply,
    websocket::Frame,
};
use hub_core::{Options, core::OnAuthenticationRefresh, protocol::Encoding};
use serde_json::{Value, json};

const CHANGED: &str = "The user associated with this connection changed.";
const HANDSHAKE: &[u8] = b"{\"protocol\":\"json\",\"version\":1}\x1e";

fn options() -> Options {
    Options::default().allow_stateful_reconnects(true)
}

fn refreshing() -> Options {
    options().enable_authentication_refresh(true)
}

/// 403 with the words that say why.
fn assert_changed(reply: &Reply, what: &str) {
    assert_eq!((reply.status, &*reply.text()), (403, CHANGED), "{what}");
    assert_eq!(reply.header("content-type"), Some("text/plain"), "{what}");
}

fn assert_not_cached(reply: &Reply) {
    assert_eq!(reply.header("cache-control"), Some("no-cache, no-store"));
    assert_eq!(reply.header("pragma"), Some("no-cache"));
    assert_eq!(reply.header("expires"), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
}

/// A connection by polls, hands shaken.
async fn polling(server: &Server, token: &str) -> Reservation {
    let reservation = server.peer(token).negotiate().await;
    assert_eq!(reservation.poll().await.status, 200);
    assert_eq!(reservation.post(HANDSHAKE).await.status, 200);
    assert_eq!(reservation.poll().await.text(), "{}\u{1e}");
    reservation
}

/// Calls and polls for the completion.
async fn call(connection: &Reservation, target: &str) -> Value {
    let call = format!("{{\"type\":1,\"invocationId\":\"1\",\"target\":\"{target}\",\"arguments\":[]}}\u{1e}");
    assert_eq!(connection.post(call.as_bytes()).await.status, 200);
    loop {
        let reply = connection.poll().await;
        assert_eq!(reply.status, 200);
        for message in reply.text().split_terminator('\u{1e}') {
            let message: Value = serde_json::from_str(message).unwrap();
            if message["type"] == 3 {
                return message["result"].clone();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n17_nothing_that_another_user_posts_reaches_the_hub() {
    let server = Server::start(options()).await;
    let owned = polling(&server, "ann").await;
    let joins = b"{\"type\":1,\"target\":\"join\",\"arguments\":[\"stolen\"]}\x1e";
    for token in ["bob", ""] {
        let other = owned.by(&server.peer(token));
        assert_changed(&other.post(joins).await, token);
        assert_changed(&other.delete().await, token);
    }
    assert_eq!(call(&owned, "who").await, "ann of no team, id ann");
    assert_eq!(server.hubs.stats().groups, 0);
    assert_eq!(owned.delete().await.status, 202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n18_another_users_poll_is_refused_and_the_owners_goes_on() {
    for refresh in [false, true] {
        let server = Server::start(options().enable_authentication_refresh(refresh)).await;
        let credentials = until("ann", 3600, "");
        let owned = polling(&server, &credentials).await;
        let older = owned.by(&server.peer(&until("bob", 60, ""))).poll().await;
        assert_changed(&older, "older");
        assert_not_cached(&older);
        // Not older are also those that end at the same moment, and those that never do.
        for not_older in [until("bob", 7200, ""), credentials.replace("ann", "bob"), "bob".to_owned()] {
            let reply = owned.by(&server.peer(&not_older)).poll().await;
            if refresh {
                let told = (reply.status, &*reply.text());
                assert_eq!(told, (409, r#"{"error":"authentication_refresh_required"}"#), "{not_older}");
                assert_eq!(reply.header("content-type"), Some("application/json"));
            } else {
                assert_changed(&reply, &not_older);
            }
            assert_not_cached(&reply);
        }
        assert_eq!(call(&owned, "who").await, "ann of no team, id ann");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n19_another_user_does_not_come_back_with_a_connection() {
    for refresh in [false, true] {
        let server = Server::start(options().enable_authentication_refresh(refresh)).await;
        let mut client = Core::connect_stateful(&server.peer("ann"), Encoding::MessagePack).await;
        for token in ["bob", ""] {
            let refused = client.reservation.by(&server.peer(token)).web_socket().await.unwrap_err();
            assert_changed(&refused, token);
            client.assert_alive().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n20_renewed_credentials_come_with_a_poll_or_a_reconnect_but_not_with_a_post() {
    const BLUE: &str = "refreshed: ann of blue team, id ann";
    let server = Server::start(refreshing()).await;
    let (red, blue) = (until("ann", 3600, ";team=red"), until("ann", 7200, ";team=blue"));
    let owned = polling(&server, &red).await;
    let renewed = owned.by(&server.peer(&blue));
    let who = b"{\"type\":1,\"invocationId\":\"1\",\"target\":\"who\",\"arguments\":[]}\x1e";
    assert_eq!(renewed.post(who).await.status, 200);
    let reply = owned.poll().await;
    assert!(reply.text().contains("ann of red team"), "a POST renews nothing: {}", reply.text());
    // The first poll with them serves, and from the next call on they hold.
    assert_eq!(
        owned.post(b"{\"type\":1,\"invocationId\":\"2\",\"target\":\"echo\",\"arguments\":[1]}\x1e").await.status,
        200
    );
    assert_eq!(renewed.poll().await.status, 200);
    server.notes.until(&owned.id, BLUE).await;
    for _ in 0..3 {
        assert_eq!(call(&renewed, "who").await, "ann of blue team, id ann");
    }
    assert_eq!(server.notes.of(&owned.id).iter().filter(|seen| *seen == BLUE).count(), 1);

    let client = Core::connect_stateful(&server.peer(&red), Encoding::Json).await;
    let id = client.reservation.id.clone();
    let reservation = client.reservation.by(&server.peer(&blue));
    let mut client = client.come_back_as(reservation).await;
    assert_eq!(client.next().await.unwrap(), json!({ "type": 9, "sequenceId": 1 }));
    client.send(json!({ "type": 9, "sequenceId": 1 })).await;
    assert_eq!(client.invoke("who", json!([])).await["result"], "ann of blue team, id ann");
    server.notes.until(&id, BLUE).await;
    let mut client = client.come_back().await;
    client.send(json!({ "type": 9, "sequenceId": 2 })).await;
    client.assert_alive().await;
    assert_eq!(server.notes.of(&id).iter().filter(|seen| *seen == BLUE).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n21_a_callback_that_refuses_renewed_credentials_ends_the_connection() {
    let no = OnAuthenticationRefresh::new(|_| async { false });
    let server = Server::start(refreshing().on_authentication_refresh(Some(no))).await;
    let (red, blue) = (until("ann", 3600, ";team=red"), until("ann", 7200, ";team=blue"));
    let owned = polling(&server, &red).await;
    let rejected = (403, r#"{"error":"permission_change_rejected"}"#);
    let renewed = owned.by(&server.peer(&blue));
    let reply = renewed.poll().await;
    assert_eq!(((reply.status, &*reply.text()), reply.header("content-type")), (rejected, Some("application/json")));
    server.notes.until(&owned.id, "disconnected").await;
    let mut client = Core::connect_stateful(&server.peer(&red), Encoding::Json).await;
    let stolen = client.reservation.by(&server.peer(&blue));
    let reply = stolen.web_socket().await.unwrap_err();
    assert_eq!((reply.status, &*reply.text()), rejected);
    let (messages, end) = client.end().await;
    assert_eq!((messages, end), (vec![json!({ "type": 7 })], Frame::Close(Some(1000))));
    server.notes.until(&client.reservation.id, "disconnected").await;
    assert_eq!(client.reservation.web_socket().await.unwrap_err().status, 404);
    // A poll may still fetch the last words; then its id is unknown as well.
    let mut last = owned.poll().await;
    while last.status == 200 {
        assert_eq!(last.text(), "{\"type\":7}\u{1e}");
        last = owned.poll().await;
    }
    assert!(matches!(last.status, 204 | 404), "{}", last.status);
    assert_eq!(owned.poll().await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n22_without_refresh_new_claims_are_served_and_hub_code_keeps_its_user() {
    let server = Server::start(options().close_on_authentication_expiration(true)).await;
    let owned = polling(&server, "ann;2;team=red").await;
    let renewed = owned.by(&server.peer("ann;3600;team=blue"));
    assert_eq!(call(&renewed, "who").await, "ann of red team, id ann");
    let client = Core::connect_stateful(&server.peer("ann;2;team=red"), Encoding::Json).await;
    let reservation = client.reservation.by(&server.peer("ann;3600;team=blue"));
    let mut client = client.come_back_as(reservation).await;
    client.send(json!({ "type": 9, "sequenceId": 1 })).await;
    assert_eq!(client.invoke("who", json!([])).await["result"], "ann of red team, id ann");
    // The expiry is that of the newest credentials: those of the handshake have ended when this one has.
    let mut ends = Core::connect(&server.peer("bob;2"), Encoding::Json).await;
    assert_eq!(ends.end().await.1, Frame::Close(Some(1000)));
    server.until_expiry_was_looked_at().await;
    assert_eq!(call(&renewed, "who").await, "ann of red team, id ann");
    assert_eq!(client.invoke("who", json!([])).await["result"], "ann of red team, id ann");
    assert_eq!(server.notes.of(&owned.id), ["connected"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n23_who_negotiated_opens() {
    let server = Server::start(options()).await;
    for (owner, others) in [("ann", ["bob", ""]), ("", ["ann", "bob"])] {
        for version in ["negotiateVersion=1", ""] {
            for transport in ["webSockets", "serverSentEvents", "longPolling"] {
                let reservation = server.peer(owner).negotiate_with(version).await;
                let open = async |by: &Reservation| match transport {
                    "webSockets" => {
                        by.web_socket().await.err().unwrap_or_else(|| Reply { status: 200, ..Reply::default() })
                    }
                    "serverSentEvents" => by.events().await.0,
                    _ => by.poll().await,
                };
                for other in others {
                    let refused = open(&reservation.by(&server.peer(other))).await;
                    assert_eq!(refused.status, 403, "{owner:?} {other:?} {transport}");
                    if transport != "serverSentEvents" {
                        assert_changed(&refused, transport);
                    }
                }
                // The same identifier with other claims is the same user, and so are two that have none.
                let again = if owner.is_empty() { String::new() } else { format!("{owner};team=blue") };
                assert_eq!(open(&reservation.by(&server.peer(&again))).await.status, 200, "{owner:?} {transport}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n24_a_token_of_one_mount_is_unknown_on_another() {
    let server = Server::start(refreshing()).await;
    let elsewhere = server.peer_at(OTHER, "ann");
    let owned = polling(&server, "ann").await;
    let stray = owned.by(&elsewhere);
    for reply in [
        stray.poll().await,
        stray.post(b"").await,
        stray.delete().await,
        stray.events().await.0,
        owned.refresh(&elsewhere).await,
    ] {
        assert_eq!(reply.status, 404, "{}", reply.text());
    }
    assert_eq!(stray.web_socket().await.unwrap_err().status, 404);
    assert_eq!(call(&owned, "who").await, "ann of no team, id ann");
}
