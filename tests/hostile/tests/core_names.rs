//! Names that mean something to somebody else, on the core wire (R32): exact delivery, or a clean refusal.

use hostile::{
    core::{Core, Peer},
    encoded, http, names,
    server::{LAB, Server},
};
use hub_core::{Options, protocol::Encoding};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_reached_by_its_own_name_alone() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut sender = Core::connect(&server.peer(), encoding).await;
        let mut members = Vec::new();
        for name in names::all() {
            let mut member = Core::connect(&server.peer(), encoding).await;
            assert!(member.invoke("join", json!([name])).await.get("error").is_none(), "{name:?}");
            members.push((name, member));
        }
        for name in names::all() {
            assert!(sender.invoke("say", json!([name, format!("to {name}")])).await.get("error").is_none(), "{name:?}");
        }
        for name in names::refused() {
            assert!(sender.invoke("join", json!([name])).await["error"].is_string(), "joining {} bytes", name.len());
            assert!(sender.invoke("say", json!([name, "x"])).await["error"].is_string(), "to {} bytes", name.len());
        }
        for (name, mut member) in members {
            let said = member.so_far().await;
            let expected = json!({ "type": 1, "target": "said", "arguments": [format!("to {name}")] });
            assert_eq!(said, [expected], "{name:?}");
        }
        assert_eq!(sender.so_far().await, [] as [Value; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_reached_by_the_own_id_alone_and_a_method_by_the_own_name() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut sender = Core::connect(&server.peer(), encoding).await;
        let mut users = Vec::new();
        for name in names::all() {
            let peer = Peer { query: format!("&user={}", encoded(&name)), ..server.peer() };
            users.push((name, Core::connect(&peer, encoding).await));
        }
        for name in names::all() {
            sender.invoke("sayToUser", json!([name, format!("to {name}")])).await;
            let called = sender.invoke(&name, json!([])).await;
            assert!(called["error"].as_str().unwrap().ends_with("Method does not exist."), "{name:?}: {called}");
            assert_eq!(
                sender.invoke("echo", json!([{ name.clone(): name }])).await["result"],
                json!({ name.clone(): name })
            );
        }
        for (name, mut user) in users {
            let said: Vec<Value> = user.so_far().await.into_iter().map(|said| said["arguments"].clone()).collect();
            assert_eq!(said, [json!([format!("to {name}")])], "{name:?}");
        }
    }
    for name in names::refused() {
        let path = format!("{LAB}/negotiate?user={}", encoded(&name));
        assert_eq!(http::request(server.address, "POST", &path, &[], b"").await.status, 401, "{} bytes", name.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_users_connection_is_not_ones_own_however_alike_the_names() {
    let server = Server::start(Options::default()).await;
    for (own, other) in [("a", "A"), ("a", "a\0"), ("é", "e\u{301}"), ("ß", "ss"), ("ı", "i"), ("a", "")] {
        let peer = |name: &str| match name {
            "" => server.peer(),
            name => server.peer().with_query(&format!("&user={}", encoded(name))),
        };
        let reservation = peer(own).negotiate().await;
        assert_eq!(reservation.by(&peer(other)).web_socket().await.unwrap_err().status, 403, "{other:?}");
        assert_eq!(reservation.by(&peer(other)).post(b"x").await.status, 403, "{other:?}");
        Core::open(reservation, Encoding::Json, 1).await.assert_alive().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_of_the_client_is_called_as_it_was_written() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut client = Core::connect(&server.peer(), encoding).await;
        for name in names::all() {
            client.invoke("callMe", json!([name])).await;
            let expected = json!({ "type": 1, "target": name, "arguments": [] });
            assert_eq!(client.so_far().await, [expected], "{encoding:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_is_found_by_its_own_path_alone() {
    let server = Server::start(Options::default()).await;
    for name in names::all().into_iter().chain(["LAB".to_owned(), "lab ".to_owned(), "n".repeat(257)]) {
        let path = format!("/{}/negotiate", encoded(&name));
        assert_eq!(http::request(server.address, "POST", &path, &[], b"").await.status, 404, "{name:?}");
        // What stands in the query is the application's: the mount says what is called.
        let peer = server.peer().with_query(&format!("&hub={}", encoded(&name)));
        Core::connect(&peer, Encoding::Json).await.assert_alive().await;
    }
}
