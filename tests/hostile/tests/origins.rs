//! Pages of other origins (S1): nothing of theirs is executed.

use hostile::{
    client::{Client, HUBS, Identity, invocation},
    encoded, http,
    server::Server,
    websocket::WebSocket,
};
use hub_core::Options;
use serde_json::json;

const FRIEND: &str = "https://friend.example";

fn options() -> Options {
    Options::default().allowed_origins(vec![FRIEND.to_owned()])
}

/// What marks a request as that of a foreign page.
const FOREIGN: [&[(&str, &str)]; 7] = [
    &[("Origin", "https://evil.example")],
    &[("Origin", "null")],
    &[("Origin", "file://")],
    &[("Origin", "https://friend.example.evil.example")],
    &[("Origin", "http://friend.example")],
    &[("Origin", "https://evil.example"), ("Cookie", "session=1")],
    &[("Sec-Fetch-Site", "cross-site")],
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_page_is_refused_on_every_way_in() {
    let server = Server::start(options()).await;
    let mut client = Client::connect(server.address).await;
    let identity = client.identity.clone();
    let fresh = Identity::negotiate(server.address, "").await;
    let form = format!("data={}", encoded(&invocation("mark", json!([]), 0)));
    for headers in FOREIGN {
        let negotiate = format!("/signalr/negotiate?connectionData={HUBS}");
        let ping = "/signalr/ping".to_owned();
        for path in [
            negotiate,
            ping,
            fresh.path("connect", "serverSentEvents"),
            fresh.path("connect", "longPolling"),
            fresh.path("start", "longPolling"),
            identity.path("reconnect", "serverSentEvents"),
            identity.path("abort", "webSockets"),
            format!("{}&{form}", identity.path("send", "longPolling")),
        ] {
            let reply = http::get(server.address, &path, headers).await;
            assert_eq!(reply.status, 403, "GET {path} with {headers:?}");
            assert_eq!(reply.header("access-control-allow-origin"), None, "GET {path} with {headers:?}");
        }
        for action in ["poll", "send", "abort", "connect", "negotiate"] {
            let reply = http::post(server.address, &identity.path(action, "longPolling"), headers, &form).await;
            assert_eq!(reply.status, 403, "POST {action} with {headers:?}");
        }
        for (identity, action) in [(&fresh, "connect"), (&identity, "reconnect")] {
            let reply =
                WebSocket::connect(server.address, &identity.path(action, "webSockets"), headers).await.unwrap_err();
            assert_eq!(reply.status, 403, "upgrade of {action} with {headers:?}");
        }
    }
    assert_eq!(server.notes.marks(), 0, "a call was executed");
    assert_eq!(server.notes.events(&fresh.id), [""; 0], "a connection began");
    assert_eq!(server.notes.events(&identity.id), ["connected"], "a connection ended");
    assert_eq!(server.hubs.stats().connections, 1);
    client.assert_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_an_allowed_origin_passes_and_is_told_so() {
    let server = Server::start(options()).await;
    let friend = [("Origin", FRIEND)];
    let reply = http::get(server.address, &format!("/signalr/negotiate?connectionData={HUBS}"), &friend).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("access-control-allow-origin"), Some(FRIEND));
    assert_eq!(reply.header("access-control-allow-credentials"), Some("true"));
    assert!(reply.header("vary").is_some_and(|vary| vary.to_ascii_lowercase().contains("origin")));
    let identity = Identity::negotiate(server.address, "").await;
    assert!(WebSocket::connect(server.address, &identity.path("connect", "webSockets"), &friend).await.is_ok());
    let form = format!("data={}", encoded(&invocation("mark", json!([]), 0)));
    let reply = http::post(server.address, &identity.path("send", "longPolling"), &friend, &form).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("access-control-allow-origin"), Some(FRIEND));
    assert_eq!(server.notes.marks(), 1);
    // So is a refusal, or the page could not read why.
    let reply = http::get(server.address, "/signalr/connect", &friend).await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (400, Some(FRIEND)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_own_page_passes() {
    let server = Server::start(options()).await;
    for origin in ["http://lab.example", "https://lab.example:80", "http://LAB.example"] {
        let headers = [("Origin", origin), ("Sec-Fetch-Site", "same-origin")];
        let reply = http::get(server.address, &format!("/signalr/negotiate?connectionData={HUBS}"), &headers).await;
        assert_eq!(reply.status, if origin.contains(":80") { 403 } else { 200 }, "{origin}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preflight_is_answered_by_origin() {
    let server = Server::start(options()).await;
    let path = format!("/signalr/send?connectionData={HUBS}");
    let ask = async |origin: &str| {
        let headers = [
            ("Origin", origin),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "x-requested-with"),
            ("Connection", "close"),
        ];
        http::exchange(server.address, http::head("OPTIONS", &path, &headers).as_bytes()).await
    };
    let allowed = ask(FRIEND).await;
    assert_eq!(allowed.status, 204);
    assert_eq!(allowed.header("access-control-allow-origin"), Some(FRIEND));
    assert_eq!(allowed.header("access-control-allow-headers"), Some("x-requested-with"));
    assert!(allowed.header("access-control-allow-methods").is_some_and(|methods| methods.contains("POST")));
    for origin in ["https://evil.example", "null"] {
        let refused = ask(origin).await;
        assert!(matches!(refused.status, 204 | 403), "{origin}: {}", refused.status);
        assert_eq!(refused.header("access-control-allow-origin"), None, "{origin}");
        assert_eq!(refused.header("access-control-allow-methods"), None, "{origin}");
    }
}
