//! A store that fails, hangs or panics: nobody is let in without its word, and everybody is in their groups when it is back.

use std::time::Duration;

use hub_core::testing::TestServer;
use hub_membership::{Membership, MembershipBuilder, StoreFailure};
use tokio::time::Instant;

use crate::{
    Chat, is_member, server,
    store::{Mode, Tried},
    until,
};

const MODES: [Mode; 3] = [Mode::Fails, Mode::Hangs, Mode::Panics];

fn verifying(store: &Tried) -> MembershipBuilder {
    Membership::builder(store.clone()).verify_rejoin(true).cache(Duration::ZERO)
}

#[tokio::test(start_paused = true)]
async fn a_new_connection_waits_for_the_store_and_is_in_its_groups_when_it_is_back() {
    for mode in MODES {
        let store = Tried::new();
        store.put("ann", &["tea"]).await;
        store.now(mode);
        let kit = TestServer::new(server(Membership::builder(store.clone())));
        let began = Instant::now();
        let ann = kit.connect_as::<Chat>("ann").await.unwrap();
        assert!(began.elapsed() < Duration::from_millis(2_100), "the time limit is 2 s: {:?}", began.elapsed());
        assert!(!is_member(&kit, &ann, "tea"), "{mode:?}");
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert!(!is_member(&kit, &ann, "tea"), "{mode:?}");
        store.now(Mode::Works);
        let back = Instant::now();
        until("ann is in her group", || is_member(&kit, &ann, "tea")).await;
        assert!(back.elapsed() < Duration::from_secs(5), "{mode:?}: {:?}", back.elapsed());
        kit.hubs().hub::<Chat>().clients().group("tea").heard("hello");
        ann.expect_call("heard", ("hello",)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejoin_without_the_stores_word_is_refused_and_made_up_for() {
    for mode in MODES {
        let store = Tried::new();
        store.put("ann", &["tea", "bus"]).await;
        let kit = TestServer::new(server(verifying(&store)));
        let ann = kit.connect_as::<Chat>("ann").await.unwrap();
        ann.invoke("join", ("joined",)).await.unwrap();
        ann.drop_transport();
        store.now(mode);
        store.put("ann", &["bus"]).await;
        ann.reconnect().await.unwrap();
        for group in ["tea", "bus", "joined"] {
            assert!(!is_member(&kit, &ann, group), "{mode:?}: {group}");
        }
        store.now(Mode::Works);
        until("ann is in her group", || is_member(&kit, &ann, "bus")).await;
        assert!(!is_member(&kit, &ann, "tea") && !is_member(&kit, &ann, "joined"), "{mode:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn let_in_it_rejoins_by_its_token_and_is_set_right_later() {
    let store = Tried::new();
    store.put("ann", &["tea", "bus"]).await;
    let membership = || verifying(&store).when_the_store_fails(StoreFailure::LetIn);
    let kit = TestServer::new(server(membership()));
    let ann = kit.connect_as::<Chat>("ann").await.unwrap();
    ann.until_groups_tokens(1).await;
    kit.restart(server(membership()));
    store.now(Mode::Fails);
    store.put("ann", &["bus", "new"]).await;
    ann.reconnect().await.unwrap();
    assert!(is_member(&kit, &ann, "tea") && is_member(&kit, &ann, "bus") && !is_member(&kit, &ann, "new"));
    ann.invoke("join", ("joined",)).await.unwrap();
    store.now(Mode::Works);
    until("ann is in the new group", || is_member(&kit, &ann, "new")).await;
    assert!(!is_member(&kit, &ann, "tea") && is_member(&kit, &ann, "bus"));
    assert!(is_member(&kit, &ann, "joined"), "what it joined since is its own");
}

#[tokio::test(start_paused = true)]
async fn a_rejoin_that_is_given_up_on_is_made_up_for_as_well() {
    let store = Tried::new();
    store.put("ann", &["tea"]).await;
    // Longer than the server waits for the stage.
    let kit = TestServer::new(server(verifying(&store).time_limit(Duration::from_secs(60))));
    let ann = kit.connect_as::<Chat>("ann").await.unwrap();
    ann.drop_transport();
    store.now(Mode::Hangs);
    ann.reconnect().await.unwrap();
    assert!(!is_member(&kit, &ann, "tea"));
    store.now(Mode::Works);
    until("ann is in her group", || is_member(&kit, &ann, "tea")).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_any_more_for_a_connection_that_has_ended() {
    let store = Tried::new();
    store.now(Mode::Fails);
    let membership = Membership::builder(store.clone()).build();
    let hubs = hub_core::HubServer::builder().module(membership.clone()).hub(Chat).build().unwrap();
    let kit = TestServer::new(hubs);
    let ann = kit.connect_as::<Chat>("ann").await.unwrap();
    assert_eq!(membership.waiting(), 1);
    ann.stop().await.unwrap();
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(membership.waiting(), 0);
    store.counts();
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(store.counts(), (0, 0), "and nobody is looked up");
}

#[tokio::test(start_paused = true)]
async fn no_more_wait_than_may() {
    let store = Tried::new();
    store.put("ann", &["tea"]).await;
    store.now(Mode::Fails);
    let kit = TestServer::new(server(Membership::builder(store.clone()).max_waiting(1)));
    let first = kit.connect_as::<Chat>("ann").await.unwrap();
    let second = kit.connect_as::<Chat>("ann").await.unwrap();
    store.now(Mode::Works);
    until("the first is in its group", || is_member(&kit, &first, "tea")).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(!is_member(&kit, &second, "tea"));
}
