//! Hub methods, and the modules around them.

use std::time::Instant;

use hub_core::Options;
use reliability::{
    PATIENCE,
    client::{Client, Transport},
};
use serde_json::json;

use super::faults::{LIMIT, Scene};

fn generic(method: &str) -> String {
    format!("There was an error invoking Hub method 'faulty.{method}'.")
}

#[tokio::test]
async fn a_method_that_panics_ends_its_call() {
    let mut scene = Scene::start(Options::default()).await;
    for transport in Transport::ALL {
        let mut client = scene.client(transport).await;
        for (method, arguments) in [
            ("fail", json!(["panic"])),
            ("failLater", json!(["panic"])),
            ("failInPlace", json!([])),
            ("callMe", json!(["explode"])),
        ] {
            let reply = client.call("faulty", method, arguments).await.unwrap();
            assert_eq!(reply.error(), Some(&*generic(method)), "{transport:?}");
        }
        // Connection and stream are as good as before.
        assert_eq!(client.call("faulty", "callMe", json!(["news"])).await.unwrap().error(), None);
        client.until("news").await.unwrap();
    }
    scene.others_are_served().await;
}

#[tokio::test]
async fn a_method_that_stalls_is_given_up_and_delays_nobody() {
    let mut scene = Scene::start(Options::default().call_timeout(Some(LIMIT))).await;
    for transport in Transport::ALL {
        let mut client = scene.client(transport).await;
        let stalled = tokio::spawn(async move {
            let started = Instant::now();
            for method in ["fail", "failLater"] {
                let reply = client.call("faulty", method, json!(["stall"])).await.unwrap();
                assert_eq!(reply.error(), Some(&*generic(method)), "{transport:?}");
            }
            (client, started.elapsed())
        });
        scene.others_are_served().await;
        let (mut client, took) = stalled.await.unwrap();
        assert!(took >= 2 * LIMIT && took < PATIENCE / 2, "{took:?}");
        assert_eq!(client.call("faulty", "greet", json!([])).await.unwrap().result(), "hello");
    }
}

#[tokio::test]
async fn without_a_limit_a_stalled_call_holds_up_nothing_but_itself() {
    let mut scene = Scene::start(Options::default()).await;
    let mut client = scene.client(Transport::WebSockets).await;
    for id in 100..110 {
        let stalled = json!({"H": "faulty", "M": "fail", "A": ["stall"], "I": id});
        client.write_text(&stalled.to_string()).await.unwrap();
    }
    // Calls of the same connection run beside it, and it is still called.
    assert_eq!(client.call("faulty", "greet", json!([])).await.unwrap().result(), "hello");
    client.call("faulty", "callMe", json!(["news"])).await.unwrap();
    client.until("news").await.unwrap();
    scene.others_are_served().await;
}

#[tokio::test]
async fn a_module_that_fails_around_a_call_ends_that_call() {
    let mut scene = Scene::start(Options::default().call_timeout(Some(LIMIT))).await;
    for transport in Transport::ALL {
        for stage in ["incoming", "authorize_method"] {
            for kind in ["panic", "error", "stall"] {
                let session = scene.session(&format!("{stage}:{kind}")).await;
                let mut client = Client::connect_as(session, transport).await.unwrap();
                let called = tokio::spawn(async move {
                    let reply = client.call("faulty", "greet", json!([])).await.unwrap();
                    assert_eq!(reply.error(), Some(&*generic("greet")), "{stage} {kind} {transport:?}");
                    client
                });
                scene.others_are_served().await;
                let mut client = called.await.unwrap();
                scene.hubs.hub::<super::faults::Faulty>().clients().all().call("news").send().await.unwrap();
                client.until("news").await.unwrap();
            }
        }
    }
}
