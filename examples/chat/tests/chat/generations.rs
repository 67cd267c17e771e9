//! Clients of both generations in the same rooms, and what only one of them can do.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, Heard, answer, sign_in};
use crate::core_client::CoreClient;
use crate::place::Place;

fn said(name: &str, message: &str) -> Heard {
    ("addChatMessage".to_owned(), json!([name, message]))
}

fn said_in(room: &str, name: &str, message: &str) -> Heard {
    ("addRoomMessage".to_owned(), json!([room, name, message]))
}

/// The text that a core client is given where a hub method failed with words for it.
fn failed(method: &str, text: &str) -> Result<Value, String> {
    Err(format!("An unexpected error occurred invoking '{method}' on the server. HubException: {text}"))
}

#[tokio::test]
async fn a_room_hears_clients_of_both_generations() {
    let place = Place::new("generations");
    let app = place.start().await.app();
    let mut ann = Client::open(&app, "ann").await;
    let mut bob = CoreClient::open(&app, "bob").await;
    let mut page = CoreClient::open_as_page(&app, "cleo").await;
    ann.call("joinRoom", json!(["tea"])).await.unwrap();
    bob.call("joinRoom", json!(["tea"])).await.unwrap();
    page.call("joinRoom", json!(["tea"])).await.unwrap();
    bob.call("say", json!(["tea", "from core"])).await.unwrap();
    ann.call("say", json!(["tea", "from classic"])).await.unwrap();
    page.call("sayToOthers", json!(["tea", "psst"])).await.unwrap();

    assert_eq!(ann.hears().await, said("ann", "ann joined."));
    for (name, text) in
        [("bob", "bob joined."), ("cleo", "cleo joined."), ("bob", "from core"), ("ann", "from classic")]
    {
        assert_eq!(ann.hears().await, said(name, text));
        assert_eq!(bob.hears().await, said(name, text));
    }
    for (name, text) in [("cleo", "cleo joined."), ("bob", "from core"), ("ann", "from classic")] {
        assert_eq!(page.hears().await, said_in("tea", name, text));
    }
    assert_eq!(ann.hears().await, said("cleo", "psst"));
    assert_eq!(bob.hears().await, said("cleo", "psst"));
}

#[tokio::test]
async fn exclusions_heed_connections_of_both_generations() {
    let place = Place::new("generations-except");
    let app = place.start().await.app();
    let mut ann = Client::open(&app, "ann").await;
    let mut bob = CoreClient::open(&app, "bob").await;
    ann.call("joinRoom", json!(["tea"])).await.unwrap();
    bob.call("joinRoom", json!(["tea"])).await.unwrap();
    let who = bob.call("whoAmI", json!([])).await.unwrap();
    assert_eq!(who["name"], "bob");
    ann.call("sayExcept", json!(["tea", "not for bob", [who["connectionId"]]])).await.unwrap();
    bob.call("sayExcept", json!(["tea", "not for ann", [ann.id]])).await.unwrap();
    ann.call("say", json!(["tea", "for both"])).await.unwrap();

    ann.hears().await;
    for (client, texts) in
        [("ann", ["bob joined.", "not for bob", "for both"]), ("bob", ["bob joined.", "not for ann", "for both"])]
    {
        for text in texts {
            let heard = if client == "ann" { ann.hears().await } else { bob.hears().await };
            assert_eq!(heard.1[1], text, "{client}");
        }
    }
}

#[tokio::test]
async fn kept_rooms_are_those_of_the_user_on_either_wire() {
    let place = Place::new("generations-kept");
    let app = place.start().await.app();
    let page = Client::open_as_page(&app, "ann").await;
    page.call("createRoom", json!(["tea"])).await.unwrap();
    page.call("addToRoom", json!(["tea"])).await.unwrap();
    let mut app_of_ann = CoreClient::open_as_page(&app, "ann").await;
    assert_eq!(app_of_ann.call("rooms", json!([])).await, Ok(json!(["tea"])));
    page.call("say", json!(["tea", "are you here?"])).await.unwrap();
    assert_eq!(app_of_ann.hears().await, said_in("tea", "ann", "are you here?"));
    let unknown = app_of_ann.call("addToRoom", json!(["nowhere"])).await;
    assert_eq!(unknown, failed("addToRoom", "There is no room 'nowhere'."));
}

#[tokio::test]
async fn a_core_client_counts() {
    let place = Place::new("counter");
    let mut ann = CoreClient::open(&place.start().await.app(), "ann").await;
    assert_eq!(ann.stream("counter", json!([3, 1])).await, [1, 2, 3]);
    assert_eq!(ann.stream("counter", json!([0, 0])).await, [0; 0]);
}

#[tokio::test]
async fn a_core_client_is_asked_what_it_asked_to_be() {
    let place = Place::new("ask-me");
    let mut ann = CoreClient::open(&place.start().await.app(), "ann").await;
    for reply in [true, false] {
        let (question, answer) = ann.asked("askMe", json!(["Tea?"]), json!(reply)).await;
        assert_eq!(question, ("confirm".to_owned(), json!(["Tea?"])));
        assert_eq!(answer, reply);
    }
}

#[tokio::test]
async fn a_classic_client_is_told_what_its_connection_cannot() {
    let place = Place::new("classic-cannot");
    let ann = Client::open(&place.start().await.app(), "ann").await;
    let streams = "The method 'counter' streams; this connection cannot.";
    assert_eq!(ann.call("counter", json!([3, 1])).await, Err(streams.to_owned()));
    let asks = "the connection's generation has no results";
    assert_eq!(ann.call("askMe", json!(["Tea?"])).await, Err(asks.to_owned()));
}

#[tokio::test]
async fn core_clients_are_signed_in_too() {
    let place = Place::new("core-signed-in-only");
    let app = place.start().await.app();
    let token = sign_in(&app, "ann").await;
    let post = |query: &str| Request::post(format!("/chat/negotiate?negotiateVersion=1{query}"));
    let status =
        async |request: axum::http::request::Builder| answer(&app, request.body(Body::empty()).unwrap()).await.0;
    assert_eq!(status(post("")).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(post("&access_token=forged")).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(post(&format!("&access_token={token}"))).await, StatusCode::OK);
    assert_eq!(status(post("").header(AUTHORIZATION, format!("Bearer {token}"))).await, StatusCode::OK);
    assert_eq!(status(post("").header(COOKIE, format!("chat-user={token}"))).await, StatusCode::OK);
}
