//! Connected, reconnected and disconnected events: those of the hub and the module stages around them.

use hub_core::DisconnectReason;
use reliability::{
    client::{Client, Transport},
    within,
};
use serde_json::json;

use super::faults::{Faulty, Scene};
use crate::hubs::{What, short, until_connections};

const BYSTANDER: usize = 1;

#[tokio::test]
async fn a_connected_event_that_fails_ends_its_connection() {
    let mut scene = Scene::start(short()).await;
    for transport in Transport::ALL {
        for fault in ["connected:panic", "connected:error", "connect:panic", "connect:error"] {
            let session = scene.session(fault).await;
            let id = session.id.clone();
            let mut client = Client::connect_only(session, transport).await.unwrap();
            if transport == Transport::LongPolling {
                // A poll that comes after the end is a way back, and would begin a life of its own.
                client.drop_transport().await;
            }
            let started = client.session.start(transport).await.unwrap();
            assert_eq!((started.status, &*started.text()), (500, ""), "{fault} {transport:?}");
            let went = What::Disconnected(DisconnectReason::ConnectedFailed);
            let came = fault.starts_with("connected:").then_some(What::Connected);
            let expected: Vec<What> = came.into_iter().chain([went]).collect();
            scene.events.until(&id, &expected).await;
        }
    }
    scene.others_are_served().await;
    until_connections(&scene.hubs, BYSTANDER).await;
}

#[tokio::test]
async fn a_connected_event_that_stalls_holds_up_its_own_start() {
    let mut scene = Scene::start(short()).await;
    for fault in ["connected:stall", "connect:stall"] {
        for transport in Transport::ALL {
            let session = scene.session(fault).await;
            let (starting, id) = (session.clone(), session.id.clone());
            let mut client = Client::without_stream(session, transport);
            client.open("connect").await.unwrap();
            let started = tokio::spawn(async move { starting.start(transport).await });
            scene.others_are_served().await;
            // Its stream and its calls do not wait for the event.
            assert_eq!(client.call("faulty", "greet", json!([])).await.unwrap().result(), "hello");
            client.call("faulty", "callMe", json!(["news"])).await.unwrap();
            client.until("news").await.unwrap();
            assert!(!started.is_finished(), "{fault} {transport:?}");
            started.abort();
            client.abort().await.unwrap();
            drop(client);
            until_connections(&scene.hubs, BYSTANDER).await;
            assert!(scene.events.of(&id).len() <= 2);
        }
    }
}

#[tokio::test]
async fn a_reconnected_event_that_fails_ends_its_stream() {
    let mut scene = Scene::start(short()).await;
    for transport in Transport::ALL {
        let mut client = scene.client(transport).await;
        client.call("faulty", "join", json!(["room"])).await.unwrap();
        client.call("faulty", "callMe", json!(["news"])).await.unwrap();
        client.until("news").await.unwrap();
        for fault in ["reconnected:panic", "reconnected:error", "reconnect:panic", "reconnect:error"] {
            client.drop_transport().await;
            client.session.query = format!("&fault={fault}");
            client.reconnect().await.unwrap();
            let code = client.closed().await.unwrap_or_else(|error| unreachable!("{fault} {transport:?}: {error}"));
            assert_eq!(code, (transport == Transport::WebSockets).then_some(1011), "{fault} {transport:?}");
        }
        // The connection and its groups are still there for a reconnect that does not fail.
        client.session.query.clear();
        client.reconnect().await.unwrap();
        scene.hubs.hub::<Faulty>().clients().group("room").call("news").send().await.unwrap();
        client.until("news").await.unwrap();
        client.abort().await.unwrap();
    }
    scene.others_are_served().await;
}

#[tokio::test]
async fn a_reconnected_event_that_stalls_holds_up_nothing() {
    let mut scene = Scene::start(short()).await;
    for fault in ["reconnected:stall", "reconnect:stall"] {
        for transport in Transport::ALL {
            let mut client = scene.client(transport).await;
            client.drop_transport().await;
            client.session.query = format!("&fault={fault}");
            client.reconnect().await.unwrap();
            client.call("faulty", "callMe", json!(["news"])).await.unwrap();
            client.until("news").await.unwrap();
            scene.others_are_served().await;
            client.abort().await.unwrap();
        }
    }
    until_connections(&scene.hubs, BYSTANDER).await;
}

#[tokio::test]
async fn a_disconnected_event_that_fails_or_stalls_keeps_no_connection() {
    let mut scene = Scene::start(short()).await;
    let mut fault_of_lost = None;
    for fault in
        ["disconnected:panic", "disconnected:error", "disconnected:stall", "disconnect:panic", "disconnect:stall"]
    {
        for transport in Transport::ALL {
            let session = scene.session(fault).await;
            let mut client = Client::connect_as(session, transport).await.unwrap();
            let before = scene.hubs.stats().connections;
            within(reliability::PATIENCE, client.abort()).await.unwrap();
            drop(client);
            until_connections(&scene.hubs, before - 1).await;
        }
        // Another one is lost instead, and noticed by the same task as everybody else's.
        let session = scene.session(fault).await;
        fault_of_lost = Some(Client::connect_as(session, Transport::WebSockets).await.unwrap());
        fault_of_lost.as_mut().unwrap().drop_transport().await;
    }
    scene.others_are_served().await;
    // The last of them went a disconnect timeout later, with all the others.
    until_connections(&scene.hubs, BYSTANDER).await;
    let id = fault_of_lost.unwrap().session.id;
    assert_eq!(scene.events.of(&id), [What::Connected], "its disconnect stage stalls before the hub's own event");
}
