//! The database has the last word on a user's rooms where it is asked, also when another program writes to it.

use chat::server::Chat;
use hub_core::{GroupName, UserId};
use serde_json::json;

use crate::client::{Client, Heard};
use crate::place::{On, Place, on_each_database};

on_each_database! {
    another_browser_is_in_the_users_three_rooms,
    verified_it_is_not_in_a_room_that_another_program_took_away,
    unverified_its_token_is_enough,
}

const ROOMS: [&str; 3] = ["tea", "bus", "sea & sky"];

fn said(name: &str, message: &str) -> Heard {
    ("addChatMessage".to_owned(), json!([name, message]))
}

async fn keep_three_rooms(ann: &Client) {
    for room in ROOMS {
        ann.call("createRoom", json!([room])).await.unwrap();
        ann.call("addToRoom", json!([room])).await.unwrap();
    }
}

async fn another_browser_is_in_the_users_three_rooms(on: On) {
    let place = Place::on(on, "browsers");
    let app = place.start().await.app();
    keep_three_rooms(&Client::open(&app, "ann").await).await;
    let bob = Client::open(&app, "bob").await;
    let mut elsewhere = Client::open(&app, "ann").await;
    let mut kept = elsewhere.call("rooms", json!([])).await.unwrap().as_array().unwrap().len();
    for room in ROOMS {
        bob.call("say", json!([room, room])).await.unwrap();
        assert_eq!(elsewhere.hears().await, said("bob", room));
        kept -= 1;
    }
    assert_eq!(kept, 0);
}

/// Ann is in three rooms and gone; another program has taken her out of one of them. Gives her, and the server she comes back to.
async fn out_of_the_bus(place: &Place) -> (Client, Chat) {
    let mut ann = Client::open(&place.start().await.app(), "ann").await;
    keep_three_rooms(&ann).await;
    for room in ROOMS {
        ann.call("say", json!([room, "marker"])).await.unwrap();
        ann.hears().await;
    }
    let chat = place.start().await;
    let (user, bus) = (UserId::new("ann").unwrap(), GroupName::new("bus").unwrap());
    let other_program = place.stores().await;
    assert_eq!(other_program.memberships.groups_of(&user).await.unwrap().len(), 3);
    other_program.memberships.remove(&user, &bus).await.unwrap();
    ann.reconnect_at(&chat.app());
    (ann, chat)
}

async fn until_in_rooms(chat: &Chat, rooms: usize) {
    while chat.hubs().stats().groups < rooms {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

async fn say_in_each(chat: &Chat) {
    let bob = Client::open(&chat.app(), "bob").await;
    for room in ["bus", "tea", "sea & sky"] {
        bob.call("say", json!([room, room])).await.unwrap();
    }
}

async fn verified_it_is_not_in_a_room_that_another_program_took_away(on: On) {
    let place = Place::verifying_on(on, "taken");
    let (mut ann, chat) = out_of_the_bus(&place).await;
    until_in_rooms(&chat, 2).await;
    say_in_each(&chat).await;
    assert_eq!(ann.hears().await, said("bob", "tea"), "nothing of the bus");
    assert_eq!(ann.hears().await, said("bob", "sea & sky"));
}

async fn unverified_its_token_is_enough(on: On) {
    let place = Place::on(on, "token");
    let (mut ann, chat) = out_of_the_bus(&place).await;
    until_in_rooms(&chat, 3).await;
    say_in_each(&chat).await;
    for room in ["bus", "tea", "sea & sky"] {
        assert_eq!(ann.hears().await, said("bob", room));
    }
}
