//! A server is killed; another one starts on its files, and clients come back to it.

use chat::server::Chat;
use serde_json::json;

use crate::client::{Client, Heard};
use crate::core_client::CoreClient;
use crate::place::{On, Place, on_each_database};

on_each_database! {
    after_a_restart_a_client_is_back_in_its_rooms_by_token,
    a_page_is_back_in_its_rooms_too,
    verified_it_is_back_in_the_rooms_that_the_database_has,
    verified_it_is_not_let_back_into_a_room_that_was_taken_away,
    a_core_client_is_back_in_its_rooms_by_token,
    verified_a_core_client_is_not_let_back_into_a_room_that_was_taken_away,
}

fn said(name: &str, message: &str) -> Heard {
    ("addChatMessage".to_owned(), json!([name, message]))
}

fn rejoined(rooms: &[&str]) -> Heard {
    ("rejoined".to_owned(), json!([rooms]))
}

/// Joins a room, keeps another, and has heard of both.
async fn seated(client: &mut Client) {
    client.call("joinRoom", json!(["joined"])).await.unwrap();
    client.hears().await;
    client.call("createRoom", json!(["kept"])).await.unwrap();
    client.call("addToRoom", json!(["kept"])).await.unwrap();
    client.call("say", json!(["kept", "marker"])).await.unwrap();
    client.hears().await;
}

/// Waits until the connection that reconnects is back in its groups: two, as everybody else is in none.
async fn until_back(chat: &Chat) {
    while chat.hubs().stats().groups < 2 {
        tokio::task::yield_now().await;
    }
}

async fn after_a_restart_a_client_is_back_in_its_rooms_by_token(on: On) {
    let place = Place::on(on, "restart");
    let mut ann = Client::open(&place.start().await.app(), "ann").await;
    seated(&mut ann).await;

    let chat = place.start().await;
    let bob = Client::open(&chat.app(), "bob").await;
    ann.reconnect_at(&chat.app());
    until_back(&chat).await;
    for room in ["joined", "kept"] {
        bob.call("say", json!([room, "welcome back"])).await.unwrap();
        assert_eq!(ann.hears().await, said("bob", "welcome back"));
    }
}

async fn a_page_is_back_in_its_rooms_too(on: On) {
    let place = Place::on(on, "restart-page");
    let mut page = Client::open_as_page(&place.start().await.app(), "ann").await;
    seated(&mut page).await;

    let chat = place.start().await;
    let bob = Client::open(&chat.app(), "bob").await;
    page.reconnect_at(&chat.app());
    until_back(&chat).await;
    bob.call("say", json!(["joined", "welcome back"])).await.unwrap();
    assert_eq!(page.hears().await, ("addRoomMessage".to_owned(), json!(["joined", "bob", "welcome back"])));
}

async fn verified_it_is_back_in_the_rooms_that_the_database_has(on: On) {
    let place = Place::verifying_on(on, "verified");
    let mut ann = Client::open_as_page(&place.start().await.app(), "ann").await;
    seated(&mut ann).await;

    let chat = place.start().await;
    let bob = Client::open(&chat.app(), "bob").await;
    ann.reconnect_at(&chat.app());
    assert_eq!(ann.hears().await, rejoined(&["kept"]));
    bob.call("say", json!(["joined", "are you here?"])).await.unwrap();
    bob.call("say", json!(["kept", "or here?"])).await.unwrap();
    assert_eq!(ann.hears().await, ("addRoomMessage".to_owned(), json!(["kept", "bob", "or here?"])));
}

async fn verified_it_is_not_let_back_into_a_room_that_was_taken_away(on: On) {
    let place = Place::verifying_on(on, "taken-away");
    let mut ann = Client::open_as_page(&place.start().await.app(), "ann").await;
    seated(&mut ann).await;

    let chat = place.start().await;
    let elsewhere = Client::open(&chat.app(), "ann").await;
    elsewhere.call("removeFromRoom", json!(["kept"])).await.unwrap();
    ann.reconnect_at(&chat.app());
    assert_eq!(ann.hears().await, rejoined(&[]));
    elsewhere.call("say", json!(["kept", "are you here?"])).await.unwrap();
    ann.call("joinRoom", json!(["other"])).await.unwrap();
    assert_eq!(ann.hears().await, ("addRoomMessage".to_owned(), json!(["other", "ann", "ann joined."])));
}

/// The same as [`seated`] for a core client's page, with the token that came of it.
async fn seated_page(page: &mut CoreClient) {
    let before = page.token();
    page.call("createRoom", json!(["kept"])).await.unwrap();
    page.call("addToRoom", json!(["kept"])).await.unwrap();
    page.until_token_is_not(&before).await;
    let before = page.token();
    page.call("joinRoom", json!(["joined"])).await.unwrap();
    page.hears().await;
    page.until_token_is_not(&before).await;
}

async fn a_core_client_is_back_in_its_rooms_by_token(on: On) {
    let place = Place::on(on, "restart-core");
    let mut page = CoreClient::open_as_page(&place.start().await.app(), "ann").await;
    seated_page(&mut page).await;

    let chat = place.start().await;
    let bob = Client::open(&chat.app(), "bob").await;
    let (mut page, answer) = page.reconnect_at(&chat.app()).await;
    assert_eq!((&answer["restored"], answer["groups"].as_array().unwrap().len()), (&json!(true), 2), "{answer}");
    for room in ["joined", "kept"] {
        bob.call("say", json!([room, "welcome back"])).await.unwrap();
        assert_eq!(page.hears().await, ("addRoomMessage".to_owned(), json!([room, "bob", "welcome back"])));
    }
}

async fn verified_a_core_client_is_not_let_back_into_a_room_that_was_taken_away(on: On) {
    let place = Place::verifying_on(on, "taken-away-core");
    let mut page = CoreClient::open_as_page(&place.start().await.app(), "ann").await;
    seated_page(&mut page).await;

    let chat = place.start().await;
    let mut elsewhere = CoreClient::open(&chat.app(), "ann").await;
    elsewhere.call("removeFromRoom", json!(["kept"])).await.unwrap();
    let (mut page, answer) = page.reconnect_at(&chat.app()).await;
    assert_eq!((&answer["restored"], &answer["groups"]), (&json!(true), &json!([])), "{answer}");
    assert_eq!(page.hears().await, rejoined(&[]));
    for room in ["kept", "joined"] {
        elsewhere.call("say", json!([room, "are you here?"])).await.unwrap();
    }
    page.call("joinRoom", json!(["other"])).await.unwrap();
    assert_eq!(page.hears().await, ("addRoomMessage".to_owned(), json!(["other", "ann", "ann joined."])));
}
