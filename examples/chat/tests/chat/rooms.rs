//! What the hub's methods do, as clients see it.

use serde_json::{Value, json};

use crate::client::{Client, Heard};
use crate::place::{On, Place, on_each_database};

on_each_database! {
    joining_says_so_to_the_room_and_to_who_joins,
    a_room_hears_what_is_meant_for_it,
    a_kept_room_is_joined_by_every_connection_of_the_user,
    a_name_that_no_room_can_have_is_refused_in_words,
    a_client_that_asks_for_it_hears_which_room,
}

fn said(name: &str, message: &str) -> Heard {
    ("addChatMessage".to_owned(), json!([name, message]))
}

async fn joining_says_so_to_the_room_and_to_who_joins(on: On) {
    let place = Place::on(on, "joining");
    let app = place.start().await.app();
    let mut ann = Client::open(&app, "ann").await;
    let mut bob = Client::open(&app, "bob").await;

    assert_eq!(ann.call("joinRoom", json!(["tea"])).await, Ok(Value::Null));
    assert_eq!(ann.hears().await, said("ann", "ann joined."));
    bob.call("joinRoom", json!([" tea "])).await.unwrap();
    assert_eq!(ann.hears().await, said("bob", "bob joined."));
    assert_eq!(bob.hears().await, said("bob", "bob joined."));

    let me = ann.call("whoAmI", json!([])).await.unwrap();
    assert_eq!(me, json!({ "name": "ann", "connectionId": ann.id }));
}

async fn a_room_hears_what_is_meant_for_it(on: On) {
    let place = Place::on(on, "saying");
    let app = place.start().await.app();
    let mut ann = Client::open(&app, "ann").await;
    let mut bob = Client::open(&app, "bob").await;
    for client in [&mut ann, &mut bob] {
        client.call("joinRoom", json!(["tea"])).await.unwrap();
    }
    ann.hears().await;
    ann.hears().await;
    bob.hears().await;

    ann.call("sayToOthers", json!(["tea", "psst"])).await.unwrap();
    ann.call("sayExcept", json!(["tea", "not bob", [bob.id]])).await.unwrap();
    ann.call("leaveRoom", json!(["tea"])).await.unwrap();
    bob.call("say", json!(["tea", "alone"])).await.unwrap();
    ann.call("say", json!(["tea", "from outside"])).await.unwrap();
    ann.call("joinRoom", json!(["tea"])).await.unwrap();

    assert_eq!(bob.hears().await, said("ann", "psst"));
    assert_eq!(bob.hears().await, said("bob", "alone"));
    assert_eq!(bob.hears().await, said("ann", "from outside"));
    assert_eq!(ann.hears().await, said("ann", "not bob"));
    assert_eq!(ann.hears().await, said("ann", "ann joined."), "nothing was heard after leaving");
}

async fn a_kept_room_is_joined_by_every_connection_of_the_user(on: On) {
    let place = Place::on(on, "kept");
    let app = place.start().await.app();
    let mut ann = Client::open(&app, "ann").await;
    let bob = Client::open(&app, "bob").await;

    assert_eq!(ann.call("addToRoom", json!(["tea"])).await, Err("There is no room 'tea'.".to_owned()));
    ann.call("createRoom", json!(["tea"])).await.unwrap();
    bob.call("say", json!(["tea", "nobody is here yet"])).await.unwrap();
    ann.call("addToRoom", json!(["tea"])).await.unwrap();
    assert_eq!(ann.call("rooms", json!([])).await, Ok(json!(["tea"])));
    assert_eq!(bob.call("rooms", json!([])).await, Ok(json!([])));

    let mut elsewhere = Client::open(&app, "ann").await;
    bob.call("say", json!(["tea", "hello"])).await.unwrap();
    assert_eq!(ann.hears().await, said("bob", "hello"));
    assert_eq!(elsewhere.hears().await, said("bob", "hello"));

    elsewhere.call("removeFromRoom", json!(["tea"])).await.unwrap();
    assert_eq!(ann.call("rooms", json!([])).await, Ok(json!([])));
    bob.call("say", json!(["tea", "still there?"])).await.unwrap();
    assert_eq!(ann.hears().await, said("bob", "still there?"), "the other connection had joined for itself");
    elsewhere.call("joinRoom", json!(["tea"])).await.unwrap();
    assert_eq!(elsewhere.hears().await, said("ann", "ann joined."));
}

async fn a_name_that_no_room_can_have_is_refused_in_words(on: On) {
    let place = Place::on(on, "room-names");
    let app = place.start().await.app();
    let mut ann = Client::open(&app, "ann").await;
    let refused = Err("The name of a room has 1 to 256 bytes.".to_owned());
    for method in ["joinRoom", "leaveRoom", "createRoom", "addToRoom", "removeFromRoom"] {
        assert_eq!(ann.call(method, json!([" "])).await, refused);
        assert_eq!(ann.call(method, json!(["x".repeat(257)])).await, refused);
    }
    let longest = "💬".repeat(64);
    ann.call("createRoom", json!([longest])).await.unwrap();
    ann.call("addToRoom", json!([longest])).await.unwrap();
    ann.call("say", json!([longest, "fits"])).await.unwrap();
    assert_eq!(ann.hears().await, said("ann", "fits"));
}

async fn a_client_that_asks_for_it_hears_which_room(on: On) {
    let place = Place::on(on, "named");
    let app = place.start().await.app();
    let mut page = Client::open_as_page(&app, "ann").await;
    let mut bob = Client::open(&app, "bob").await;
    page.call("joinRoom", json!(["tea"])).await.unwrap();
    bob.call("joinRoom", json!(["tea"])).await.unwrap();
    bob.call("sayToOthers", json!(["tea", "psst"])).await.unwrap();
    page.call("say", json!(["tea", "hello"])).await.unwrap();

    let named = |name: &str, message: &str| ("addRoomMessage".to_owned(), json!(["tea", name, message]));
    assert_eq!(page.hears().await, named("ann", "ann joined."));
    assert_eq!(page.hears().await, named("bob", "bob joined."));
    assert_eq!(page.hears().await, named("bob", "psst"));
    assert_eq!(page.hears().await, named("ann", "hello"));
    assert_eq!(bob.hears().await, said("bob", "bob joined."));
    assert_eq!(bob.hears().await, said("ann", "hello"));
}
