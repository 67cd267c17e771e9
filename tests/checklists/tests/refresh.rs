//! Section 9.10, "Refresh".

use std::time::{Duration, Instant};

use checklists::{
    Server,
    server::{GUARDED, OTHER},
};
use hostile::{
    core::{Core, Peer},
    http::Reply,
    websocket::Frame,
};
use hub_core::{Options, core::OnAuthenticationRefresh, protocol::Encoding};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const HOUR: &str = "3600";

fn on() -> Options {
    Options::default().enable_authentication_refresh(true).allow_stateful_reconnects(true)
}

async fn connect(peer: &Peer) -> Core {
    Core::connect(peer, Encoding::Json).await
}

async fn result(client: &mut Core, target: &str) -> Value {
    client.invoke(target, json!([])).await["result"].take()
}

/// Bytes, type and length of a refusal or of a lifetime.
fn assert_json(reply: &Reply, status: u16, body: &str) {
    assert_eq!((reply.status, &*reply.text()), (status, body));
    assert_eq!(reply.header("content-type"), Some("application/json"), "{body}");
    assert_eq!(reply.header("content-length"), Some(&*body.len().to_string()), "{body}");
}

fn assert_lifetime(reply: &Reply, seconds: u64) {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let told = reply.json()["tokenLifetimeSeconds"].as_u64();
    assert!(told == Some(seconds) || told == Some(seconds - 1), "{seconds}: {}", reply.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n01_off_there_is_no_route_and_no_lifetime_and_what_is_always_on_holds() {
    let server = Server::start(Options::default()).await;
    let ann = server.peer(&format!("ann;{HOUR}"));
    let mut client = connect(&ann).await;
    assert!(client.reservation.answer.get("tokenLifetimeSeconds").is_none());
    let reply = client.reservation.refresh(&ann).await;
    assert_eq!((reply.status, reply.body.len()), (404, 0));
    // Another user, another mount, cancelling.
    let reservation = ann.negotiate().await;
    assert_eq!(reservation.by(&server.peer("bob")).web_socket().await.unwrap_err().status, 403);
    assert_eq!(reservation.by(&server.peer_at(OTHER, "ann")).web_socket().await.unwrap_err().status, 404);
    client.call("1", "untilCancelled", json!([42])).await;
    client.send(json!({ "type": 5, "invocationId": "1" })).await;
    assert_eq!(client.completion("1").await["result"], 42);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n02_whoever_may_not_connect_may_not_refresh() {
    let server = Server::start(on()).await;
    let mut client = connect(&server.peer_at(GUARDED, "ann;member")).await;
    for (token, status) in [("", 401), (&*"n".repeat(257), 401), ("ann", 403), ("ann;other", 403)] {
        let reply = client.reservation.refresh(&server.peer_at(GUARDED, token)).await;
        assert_eq!((reply.status, reply.body.len(), reply.header("content-type")), (status, 0, None), "{token:?}");
    }
    client.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n03_any_method_but_post_is_not_allowed() {
    let server = Server::start(on()).await;
    let client = connect(&server.peer("ann")).await;
    for method in ["GET", "PUT", "DELETE"] {
        let headers = [("X-SignalR-Connection-Token", &*client.reservation.token)];
        let reply = server.peer("ann").ask(method, "/refresh", "", &headers, b"").await;
        assert_eq!((reply.status, reply.body.len(), reply.header("content-type")), (405, 0, Some("text/plain")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n04_the_connection_is_named_by_its_token_in_the_header() {
    let server = Server::start(on()).await;
    let ann = server.peer("ann");
    let mut client = connect(&ann).await;
    let (id, token) = (client.reservation.id.clone(), client.reservation.token.clone());
    let with = async |peer: &Peer, headers: &[(&str, &str)], query: &str| {
        peer.ask("POST", "/refresh", query, headers, b"").await
    };
    let missing = r#"{"error":"missing_connection_token"}"#;
    assert_json(&with(&ann, &[], "").await, 400, missing);
    assert_json(&with(&ann, &[], &format!("id={token}")).await, 400, missing);
    assert_json(&with(&ann, &[("X-SignalR-Connection-Token", "")], "").await, 400, missing);
    let mut ended = connect(&ann).await;
    ended.send(json!({ "type": 7 })).await;
    ended.end().await;
    server.notes.until(&ended.reservation.id, "disconnected").await;
    let unknown = r#"{"error":"connection_not_found"}"#;
    for named in ["AAAAAAAAAAAAAAAAAAAAAA", &*ended.reservation.token, &*id] {
        assert_json(&with(&ann, &[("X-SignalR-Connection-Token", named)], "").await, 404, unknown);
    }
    let elsewhere = server.peer_at(OTHER, "ann");
    assert_json(&with(&elsewhere, &[("X-SignalR-Connection-Token", &token)], "").await, 404, unknown);
    let old = ann.negotiate_with("").await;
    let refused = r#"{"error":"unsupported_negotiate_version"}"#;
    assert_json(&old.refresh(&ann).await, 400, refused);
    let mut skipped = Core::open(hostile::core::Reservation::skipped(&ann), Encoding::Json, 1).await;
    let id = result(&mut skipped, "connectionId").await;
    let named = [("X-SignalR-Connection-Token", id.as_str().unwrap())];
    assert_json(&with(&ann, &named, "").await, 400, refused);
    client.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n05_new_claims_are_seen_and_the_rest_stays() {
    let server = Server::start(on()).await;
    let mut client = connect(&server.peer("ann;team=red")).await;
    let id = result(&mut client, "connectionId").await;
    client.invoke("join", json!(["room"])).await;
    assert_eq!(result(&mut client, "who").await, "ann of red team, id ann");
    assert_json(&client.reservation.refresh(&server.peer("ann;team=blue")).await, 200, "{}");
    assert_eq!(result(&mut client, "who").await, "ann of blue team, id ann");
    assert_eq!(result(&mut client, "connectionId").await, id);
    let mut other = connect(&server.peer("bob")).await;
    other.invoke("sayToUser", json!(["ann", "to the user"])).await;
    other.invoke("say", json!([["room"], "to the group"])).await;
    let said: Vec<Value> = client.so_far().await;
    let texts: Vec<&Value> = said.iter().map(|message| &message["arguments"][0]).filter(|text| *text != "?").collect();
    assert_eq!(texts, ["to the user", "to the group"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n06_a_role_holds_from_the_next_call_on() {
    const UNAUTHORISED: &str = "Failed to invoke 'adminOnly' because user is unauthorized";
    let server = Server::start(on()).await;
    let mut client = connect(&server.peer("ann")).await;
    assert_eq!(client.invoke("adminOnly", json!([])).await["error"], UNAUTHORISED);
    client.reservation.refresh(&server.peer("ann;admin")).await;
    assert_eq!(result(&mut client, "adminOnly").await, "welcome");
    client.reservation.refresh(&server.peer("ann")).await;
    assert_eq!(client.invoke("adminOnly", json!([])).await["error"], UNAUTHORISED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n07_another_user_is_refused_and_nothing_happens() {
    let server = Server::start(on()).await;
    let mut client = connect(&server.peer("ann")).await;
    let mut nobody = connect(&server.peer("")).await;
    for token in ["bob", "Ann", ""] {
        assert_json(&client.reservation.refresh(&server.peer(token)).await, 403, r#"{"error":"user_changed"}"#);
    }
    assert_json(&nobody.reservation.refresh(&server.peer("ann")).await, 403, r#"{"error":"user_changed"}"#);
    for (client, who) in [(&mut client, "ann of no team, id ann"), (&mut nobody, "nobody")] {
        assert_eq!(result(client, "who").await, who);
        assert_eq!(server.notes.of(&client.reservation.id), ["connected"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n08_the_application_may_say_no_but_is_not_asked_about_another_user() {
    let asked = std::sync::Arc::new(parking_lot::Mutex::new(Vec::new()));
    let callback = OnAuthenticationRefresh::new({
        let asked = asked.clone();
        move |refresh| {
            let name = |user: &Option<hub_core::User>| user.as_ref().map(|user| user.name().to_owned());
            asked.lock().push((refresh.connection.to_string(), name(&refresh.old_user), name(&refresh.new_user)));
            async { false }
        }
    });
    let server = Server::start(on().on_authentication_refresh(Some(callback))).await;
    let mut client = connect(&server.peer("ann;team=red")).await;
    let reply = client.reservation.refresh(&server.peer("ann;team=blue")).await;
    assert_json(&reply, 403, r#"{"error":"permission_change_rejected"}"#);
    assert_json(&client.reservation.refresh(&server.peer("bob")).await, 403, r#"{"error":"user_changed"}"#);
    let ann = || Some("ann".to_owned());
    assert_eq!(*asked.lock(), [(client.reservation.id.clone(), ann(), ann())]);
    assert_eq!(result(&mut client, "who").await, "ann of red team, id ann");
    assert_eq!(server.notes.of(&client.reservation.id), ["connected"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n09_lifetimes_stand_where_they_belong_and_are_left_out_where_there_is_none() {
    let server = Server::start(on()).await;
    let hour = server.peer(&format!("ann;{HOUR}"));
    for query in ["negotiateVersion=1", "", "negotiateVersion=1&useStatefulReconnect=true"] {
        let reply = hour.ask("POST", "/negotiate", query, &[], b"").await;
        let told = reply.json()["tokenLifetimeSeconds"].as_i64();
        assert!(matches!(told, Some(3599 | 3600)), "{query}: {}", reply.text());
        let (before, behind) =
            reply.text().split_once("\"tokenLifetimeSeconds\"").map(|(a, b)| (a.len(), b.to_owned())).unwrap();
        let token = reply.text().find("\"connectionToken\"").or_else(|| reply.text().find("\"connectionId\"")).unwrap();
        assert!(token < before && behind.contains("\"availableTransports\""), "{query}: {}", reply.text());
    }
    let client = connect(&hour).await;
    assert_lifetime(&client.reservation.refresh(&hour).await, 3600);
    assert!(server.peer("ann").negotiate().await.answer.get("tokenLifetimeSeconds").is_none());
    assert_json(&client.reservation.refresh(&server.peer("ann")).await, 200, "{}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n10_a_maximum_caps_every_lifetime() {
    let server = Server::start(on().maximum_authentication_expiration(Some(Duration::from_secs(600)))).await;
    for token in ["ann;3600", "ann"] {
        let client = connect(&server.peer(token)).await;
        let told = client.reservation.answer["tokenLifetimeSeconds"].as_i64();
        assert!(matches!(told, Some(599 | 600)), "{token}: {told:?}");
        assert_lifetime(&client.reservation.refresh(&server.peer(token)).await, 600);
    }
    let shorter = connect(&server.peer("ann;60")).await;
    assert_lifetime(&shorter.reservation.refresh(&server.peer("ann;120")).await, 120);
    assert!(server.peer("").negotiate().await.answer.get("tokenLifetimeSeconds").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n11_credentials_that_end_end_the_connection_unless_they_are_renewed_in_time() {
    let server = Server::start(on().close_on_authentication_expiration(true)).await;
    let mut stays = connect(&server.peer("bob;2")).await;
    assert_lifetime(&stays.reservation.refresh(&server.peer("bob;3600")).await, 3600);
    let begun = Instant::now();
    let mut ends = connect(&server.peer("ann;2")).await;
    let (messages, end) = ends.end().await;
    let after = begun.elapsed();
    assert_eq!((messages, end), (vec![json!({ "type": 7, "allowReconnect": true })], Frame::Close(Some(1000))));
    assert!(after >= Duration::from_secs(2), "{after:?}");
    // At most two seconds later, and as long as a busy machine takes.
    assert!(after < Duration::from_secs(15), "{after:?}");
    server.until_expiry_was_looked_at().await;
    stays.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n12_an_earlier_expiry_changes_nothing() {
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let callback = OnAuthenticationRefresh::new({
        let asked = asked.clone();
        move |_| {
            asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            async { true }
        }
    });
    let options = on().on_authentication_refresh(Some(callback)).close_on_authentication_expiration(true);
    let server = Server::start(options).await;
    let mut client = connect(&server.peer("ann;3600;team=red")).await;
    assert_lifetime(&client.reservation.refresh(&server.peer("ann;2;team=blue")).await, 2);
    assert_json(&client.reservation.refresh(&server.peer("bob;600")).await, 403, r#"{"error":"user_changed"}"#);
    assert_eq!(result(&mut client, "who").await, "ann of red team, id ann");
    assert_eq!(server.notes.of(&client.reservation.id), ["connected"]);
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 0);
    // Somebody whose credentials end later than those: their end is none of the connection's.
    connect(&server.peer("carl;2")).await.end().await;
    server.until_expiry_was_looked_at().await;
    client.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n13_the_event_runs_once_for_each_refresh_in_its_turn() {
    let server = Server::start(on()).await;
    let mut client = connect(&server.peer("ann;team=red")).await;
    let id = client.reservation.id.clone();
    client.call("1", "whoLater", json!([])).await;
    server.notes.until(&id, "waits").await;
    client.reservation.refresh(&server.peer("ann;team=blue")).await;
    client.call("2", "who", json!([])).await;
    // Another connection goes back and forth: time enough for the event, if it did not wait for its turn.
    let mut other = connect(&server.peer("bob")).await;
    for _ in 0..20 {
        other.assert_alive().await;
    }
    assert_eq!(server.notes.of(&id), ["connected", "waits"]);
    server.notes.open_gate(1);
    assert_eq!(client.completion("1").await["result"], "ann of red team, id ann");
    assert_eq!(client.completion("2").await["result"], "ann of blue team, id ann");
    server.notes.until(&id, "refreshed: ann of blue team, id ann").await;
    client.reservation.refresh(&server.peer("ann;team=green")).await;
    server.notes.until(&id, "refreshed: ann of green team, id ann").await;
    // The event fails each time, and its questions are refused.
    let refused = "refused: Client results inside OnConnectedAsync Hub methods are not allowed.";
    let seen = server.notes.of(&id);
    assert_eq!(seen.iter().filter(|seen| seen.starts_with("refreshed")).count(), 2, "{seen:?}");
    assert_eq!(seen.iter().filter(|seen| *seen == refused).count(), 2, "{seen:?}");
    client.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n14_what_began_before_a_refresh_ends_with_the_old_user() {
    let server = Server::start(on()).await;
    let mut client = connect(&server.peer("ann;team=red")).await;
    let id = client.reservation.id.clone();
    client.call("call", "whoLater", json!([])).await;
    client.send(json!({ "type": 4, "invocationId": "stream", "target": "whoInAStream", "arguments": [] })).await;
    server.notes.until(&id, "waits").await;
    server.notes.until(&id, "streams").await;
    client.reservation.refresh(&server.peer("ann;team=blue")).await;
    server.notes.open_gate(2);
    assert_eq!(client.completion("call").await["result"], "ann of red team, id ann");
    let item = client.message("the item", |message| message["type"] == 2).await;
    assert_eq!(item["item"], "ann of red team, id ann");
    assert_eq!(result(&mut client, "who").await, "ann of blue team, id ann");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n15_no_transport_is_disturbed() {
    let server = Server::start(on()).await;
    let (red, blue) = (server.peer("ann;team=red"), server.peer("ann;team=blue"));
    let mut socket = connect(&red).await;
    socket.reservation.refresh(&blue).await;
    assert_eq!(result(&mut socket, "who").await, "ann of blue team, id ann");
    assert_eq!(socket.so_far().await, [] as [Value; 0]);

    let handshake = b"{\"protocol\":\"json\",\"version\":1}\x1e";
    let call = b"{\"type\":1,\"invocationId\":\"1\",\"target\":\"who\",\"arguments\":[]}\x1e";
    let answer = "{\"type\":3,\"invocationId\":\"1\",\"result\":\"ann of blue team, id ann\"}\u{1e}";
    let events = red.negotiate().await;
    let (head, mut stream) = events.events().await;
    assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
    assert_eq!(events.post(handshake).await.status, 200);
    assert_eq!(events.refresh(&blue).await.status, 200);
    assert_eq!(events.by(&blue).post(call).await.status, 200);
    let text = hostile::http::read_until(&mut stream, &format!("data: {answer}\r\n\r\n")).await;
    assert!(text.contains("data: {}\u{1e}"), "{text}");

    let polls = red.negotiate().await;
    assert_eq!(polls.poll().await.status, 200);
    assert_eq!(polls.post(handshake).await.status, 200);
    assert_eq!(polls.poll().await.text(), "{}\u{1e}");
    // A poll that came after the refresh would be one itself. The first of two polls goes when the second has been let in.
    let mut open = JoinSet::new();
    for _ in 0..2 {
        let polls = polls.clone();
        open.spawn(async move { polls.poll().await });
    }
    assert_eq!(hostile::within("the poll that is replaced", open.join_next()).await.unwrap().unwrap().status, 204);
    assert_eq!(polls.refresh(&blue).await.status, 200);
    assert_eq!(polls.by(&blue).post(call).await.status, 200);
    let reply = hostile::within("the open poll", open.join_next()).await.unwrap().unwrap();
    assert_eq!((reply.status, &*reply.text()), (200, answer));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n16_the_route_obeys_cors_as_negotiate_does() {
    const PAGE: &str = "https://page.example";
    let server = Server::start(on().allowed_origins(vec![PAGE.to_owned()])).await;
    let client = connect(&server.peer("ann")).await;
    for action in ["/negotiate", "/refresh"] {
        let asks = [
            ("Origin", PAGE),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "x-signalr-connection-token"),
        ];
        let reply = server.peer("").ask("OPTIONS", action, "", &asks, b"").await;
        assert_eq!(reply.status, 204, "{action}");
        assert_eq!(reply.header("access-control-allow-origin"), Some(PAGE), "{action}");
        assert_eq!(reply.header("access-control-allow-credentials"), Some("true"), "{action}");
        assert_eq!(reply.header("access-control-allow-headers"), Some("x-signalr-connection-token"), "{action}");
        assert!(reply.header("access-control-allow-methods").is_some_and(|methods| methods.contains("POST")));
        let token = ("X-SignalR-Connection-Token", &*client.reservation.token);
        let reply = server.peer("ann").ask("POST", action, "", &[("Origin", PAGE), token], b"").await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, Some(PAGE)), "{action}");
        let foreign = [("Origin", "https://evil.example"), token];
        let reply = server.peer("ann").ask("POST", action, "", &foreign, b"").await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (403, None), "{action}");
    }
}
