//! The stages that decide who comes in, and what comes back.

use hub_core::{Options, SigningKeys};
use reliability::{
    client::{Client, Session, Transport},
    http::Ask,
};
use serde_json::json;

use super::faults::{Faulty, LIMIT, Scene};

#[tokio::test]
async fn whoever_cannot_be_asked_does_not_let_in() {
    let mut scene = Scene::start(Options::default()).await;
    for kind in ["panic", "error"] {
        let query = format!("&fault=authorize_connect:{kind}");
        let refused = Session::negotiate(scene.served.address(), &["faulty"], &query).await;
        assert_eq!(refused.unwrap_err().to_string(), "/negotiate: 401 ");
        for transport in Transport::ALL {
            let session = scene.session(&format!("authorize_connect:{kind}")).await;
            let mut client = Client::without_stream(session, transport);
            let refused = client.open("connect").await.unwrap_err();
            assert_eq!(refused.to_string(), "refused with 401", "{kind} {transport:?}");
        }
    }
    let stalled = scene.session("authorize_connect:stall").await;
    let asking: Vec<_> = Transport::ALL
        .into_iter()
        .map(|transport| {
            let ask = Ask::get(stalled.target("start", transport));
            let link = stalled.link;
            tokio::spawn(async move { ask.send(link).await })
        })
        .collect();
    scene.others_are_served().await;
    assert!(asking.iter().all(|asking| !asking.is_finished()));
}

/// A member of a group comes back and the stage fails: no groups, and nothing else is lost.
async fn expect_no_groups(scene: &mut Scene, client: &mut Client, fault: &str) {
    client.session.query = format!("&fault={fault}");
    client.reconnect().await.unwrap();
    let clients = scene.hubs.hub::<Faulty>().clients().clone();
    clients.group("room").call("secret").send().await.unwrap();
    clients.client(&client.session.id).call("news").send().await.unwrap();
    let heard = client.until("news").await.unwrap();
    assert!(heard.iter().all(|message| message["M"] != "secret"), "{fault}: {heard:?}");
    assert_eq!(scene.hubs.stats().groups, 0, "{fault}");
    assert_eq!(client.call("faulty", "greet", json!([])).await.unwrap().result(), "hello");
}

async fn member(scene: &Scene, transport: Transport) -> Client {
    let mut client = scene.client(transport).await;
    client.call("faulty", "join", json!(["room"])).await.unwrap();
    client.call("faulty", "callMe", json!(["joined"])).await.unwrap();
    client.until("joined").await.unwrap();
    client.drop_transport().await;
    client
}

#[tokio::test]
async fn a_rejoining_stage_that_fails_gives_no_groups() {
    let options = Options::default().rejoin_timeout(LIMIT);
    let keys = SigningKeys::generate().unwrap();
    let mut scene = Scene::start_with(options.clone(), &keys).await;
    for transport in Transport::ALL {
        for kind in ["panic", "error", "stall"] {
            let mut client = member(&scene, transport).await;
            expect_no_groups(&mut scene, &mut client, &format!("rejoining_groups:{kind}")).await;
            client.abort().await.unwrap();
        }
    }
    // The same by token alone, on a server that was started anew.
    let mut members = Vec::new();
    for transport in Transport::ALL {
        members.push(member(&scene, transport).await);
    }
    drop(scene);
    let mut scene = Scene::start_with(options, &keys).await;
    for (client, kind) in members.iter_mut().zip(["panic", "error", "stall"]) {
        client.session.link = scene.served.address().into();
        expect_no_groups(&mut scene, client, &format!("rejoining_groups:{kind}")).await;
    }
    scene.others_are_served().await;
}

#[tokio::test]
async fn a_rejoining_stage_that_stalls_delays_nobody_else() {
    let mut scene = Scene::start(Options::default()).await;
    let mut client = member(&scene, Transport::WebSockets).await;
    client.session.query = "&fault=rejoining_groups:stall".to_owned();
    let coming_back = tokio::spawn(async move { client.reconnect().await });
    scene.others_are_served().await;
    assert!(!coming_back.is_finished(), "the default is longer than that");
}
