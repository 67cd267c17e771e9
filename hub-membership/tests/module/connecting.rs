//! A user's new connections are in the groups that the store has.

use std::time::Duration;

use hub_core::{GroupName, testing::TestServer};
use hub_membership::Membership;

use crate::{Chat, is_member, server, store::Tried};

#[tokio::test(start_paused = true)]
async fn a_new_connection_is_in_the_groups_of_its_user() {
    let store = Tried::new();
    store.put("ann", &["tea", "bus"]).await;
    let kit = TestServer::new(server(Membership::builder(store.clone())));
    let ann = kit.connect_as::<Chat>("ann").await.unwrap();
    let bob = kit.connect_as::<Chat>("bob").await.unwrap();
    let nobody = kit.connect::<Chat>().await.unwrap();
    assert!(is_member(&kit, &ann, "tea") && is_member(&kit, &ann, "bus"));
    assert!(!is_member(&kit, &bob, "tea") && !is_member(&kit, &nobody, "tea"));
    kit.hubs().hub::<Chat>().clients().group("tea").heard("hello");
    ann.expect_call("heard", ("hello",)).await;
    bob.no_calls().await;
}

#[tokio::test(start_paused = true)]
async fn connections_of_one_user_at_the_same_time_are_one_look_up() {
    let store = Tried::new();
    store.put("ann", &["tea"]).await;
    let kit = TestServer::new(server(Membership::builder(store.clone()).cache(Duration::ZERO)));
    let connecting = (0..20).map(|_| kit.connect_as::<Chat>("ann"));
    let clients = futures_util::future::try_join_all(connecting).await.unwrap();
    assert!(clients.iter().all(|ann| is_member(&kit, ann, "tea")));
    assert_eq!(store.counts(), (1, 1));
    let later = kit.connect_as::<Chat>("ann").await.unwrap();
    assert!(is_member(&kit, &later, "tea"));
    assert_eq!(store.counts(), (1, 1), "without a cache a later one is looked up anew");
}

#[tokio::test(start_paused = true)]
async fn what_was_looked_up_is_good_for_the_life_of_the_cache() {
    let store = Tried::new();
    store.put("ann", &["tea"]).await;
    let kit = TestServer::new(server(Membership::builder(store.clone()).cache(Duration::from_secs(2))));
    let first = kit.connect_as::<Chat>("ann").await.unwrap();
    store.put("ann", &["bus"]).await;
    tokio::time::advance(Duration::from_millis(1_900)).await;
    let second = kit.connect_as::<Chat>("ann").await.unwrap();
    assert!(is_member(&kit, &first, "tea") && is_member(&kit, &second, "tea"));
    assert_eq!(store.counts(), (1, 1));
    tokio::time::advance(Duration::from_millis(200)).await;
    let third = kit.connect_as::<Chat>("ann").await.unwrap();
    assert!(is_member(&kit, &third, "bus") && !is_member(&kit, &third, "tea"));
}

#[tokio::test(start_paused = true)]
async fn users_that_come_while_the_store_is_busy_go_together() {
    let store = Tried::new();
    let kit = TestServer::new(server(Membership::builder(store.clone()).parallel(2).batch(50)));
    let names: Vec<String> = (0..102).map(|number| format!("user {number}")).collect();
    for name in &names {
        store.put(name, &["tea"]).await;
    }
    let clients = futures_util::future::try_join_all(names.iter().map(|name| kit.connect_as::<Chat>(name))).await;
    assert!(clients.unwrap().iter().all(|client| is_member(&kit, client, "tea")));
    assert_eq!(store.counts(), (4, 102), "two alone, and a hundred in two goes");
}

#[tokio::test(start_paused = true)]
async fn a_connection_may_be_seated_elsewhere() {
    let store = Tried::new();
    store.put("ann", &["tea", "secret"]).await;
    let membership = Membership::builder(store.clone()).seated_by(|request, group| {
        let named = request.query("seat").is_some();
        (group.as_str() != "secret").then(|| match named {
            true => GroupName::new(format!("{group} by name")).unwrap(),
            false => group.clone(),
        })
    });
    let kit = TestServer::new(server(membership.verify_rejoin(true)));
    let plain = kit.connect_as::<Chat>("ann").await.unwrap();
    let named = kit.client().hub::<Chat>().user("ann").query("seat", "named").connect().await.unwrap();
    assert!(is_member(&kit, &plain, "tea") && !is_member(&kit, &plain, "secret"));
    assert!(is_member(&kit, &named, "tea by name") && !is_member(&kit, &named, "tea"));
    plain.invoke("addUser", ("ann", "bus")).await.unwrap();
    assert!(
        is_member(&kit, &plain, "bus") && !is_member(&kit, &named, "bus") && is_member(&kit, &named, "bus by name")
    );
    named.drop_transport();
    named.reconnect().await.unwrap();
    assert!(is_member(&kit, &named, "tea by name") && is_member(&kit, &named, "bus by name"));
}
