//! `add_user` and `remove_user`: written first, then on every connection of the user.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hub_core::{GroupName, UserId, testing::TestServer};
use hub_membership::{Membership, MemoryStore};

use crate::{
    Chat, is_member, server,
    store::{Mode, Tried},
};

#[tokio::test(start_paused = true)]
async fn a_change_is_stored_and_is_every_connections_of_the_user() {
    let store = Tried::new();
    let kit = TestServer::new(server(Membership::builder(store.clone())));
    let here = kit.connect_as::<Chat>("ann").await.unwrap();
    let there = kit.connect_as::<Chat>("ann").await.unwrap();
    let bob = kit.connect_as::<Chat>("bob").await.unwrap();
    bob.invoke("addUser", ("ann", "tea")).await.unwrap();
    assert!(is_member(&kit, &here, "tea") && is_member(&kit, &there, "tea") && !is_member(&kit, &bob, "tea"));
    assert_eq!(store.of("ann").await, ["tea"]);
    let later = kit.connect_as::<Chat>("ann").await.unwrap();
    assert!(is_member(&kit, &later, "tea"), "a write is seen at once, whatever was cached");
    kit.hubs().hub::<Chat>().groups().remove_user("ann", "tea").await.unwrap();
    assert!(kit.members::<Chat>("tea").is_empty());
    assert!(store.of("ann").await.is_empty());
    let last = kit.connect_as::<Chat>("ann").await.unwrap();
    assert!(!is_member(&kit, &last, "tea"));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_stored_takes_no_effect() {
    for mode in [Mode::Fails, Mode::Hangs, Mode::Panics] {
        let store = Tried::new();
        let kit = TestServer::new(server(Membership::builder(store.clone())));
        let ann = kit.connect_as::<Chat>("ann").await.unwrap();
        ann.invoke("addUser", ("ann", "tea")).await.unwrap();
        store.now(mode);
        ann.invoke("addUser", ("ann", "bus")).await.unwrap_err();
        kit.hubs().hub::<Chat>().groups().remove_user("ann", "tea").await.unwrap_err();
        assert!(is_member(&kit, &ann, "tea") && !is_member(&kit, &ann, "bus"), "{mode:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn changes_happen_in_the_order_in_which_they_are_made() {
    let store = Tried::new();
    let kit = TestServer::new(server(Membership::builder(store.clone())));
    let ann = kit.connect_as::<Chat>("ann").await.unwrap();
    let groups = kit.hubs().hub::<Chat>().groups().clone();
    // Nobody waits for any but the last.
    for _ in 0..10 {
        drop(groups.add_user("ann", "tea"));
        drop(groups.remove_user("ann", "tea"));
    }
    groups.add_user("ann", "tea").await.unwrap();
    assert!(is_member(&kit, &ann, "tea"));
    assert_eq!(store.of("ann").await, ["tea"]);
    drop(groups.add_user("ann", "tea"));
    groups.remove_user("ann", "tea").await.unwrap();
    assert!(!is_member(&kit, &ann, "tea"));
    assert!(store.of("ann").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_change_while_the_user_is_looked_up_is_not_lost() {
    let store = Tried::taking(Duration::from_millis(100));
    store.put("ann", &["tea"]).await;
    let kit = TestServer::new(server(Membership::builder(store.clone())));
    let groups = kit.hubs().hub::<Chat>().groups().clone();
    // At each step of the look-up and the join; the store tells what it had when it was asked.
    for wait in 0..220 {
        let changing = async {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            groups.remove_user("ann", "tea").await.unwrap();
            groups.add_user("ann", "bus").await.unwrap();
        };
        let (ann, ()) = tokio::join!(kit.connect_as::<Chat>("ann"), changing);
        let ann = ann.unwrap();
        assert!(!is_member(&kit, &ann, "tea"), "removed after {wait} ms");
        assert!(is_member(&kit, &ann, "bus"), "added after {wait} ms");
        ann.stop().await.unwrap();
        tokio::time::advance(Duration::from_secs(3)).await;
        store.put("ann", &["tea"]).await;
        // What was written is remembered for a minute, and would set this right, too.
        tokio::time::advance(Duration::from_secs(61)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_between_the_look_up_and_the_join_is_not_lost() {
    let server_of_the_hook = Arc::new(OnceLock::<hub_core::HubServer>::new());
    let hook = server_of_the_hook.clone();
    let has_run = AtomicBool::new(false);
    // What a group is seated as is asked when the look-up is done, and before anything is joined.
    let membership = Membership::builder(MemoryStore::new()).seated_by(move |_, group| {
        if let Some(hubs) = hook.get()
            && !has_run.swap(true, Ordering::SeqCst)
        {
            drop(hubs.hub::<Chat>().groups().remove_user("ann", "tea"));
            drop(hubs.hub::<Chat>().groups().add_user("ann", "bus"));
        }
        Some(group.clone())
    });
    let hubs = server(membership);
    hubs.hub::<Chat>().groups().add_user("ann", "tea").await.unwrap();
    server_of_the_hook.set(hubs.clone()).unwrap();
    let kit = TestServer::new(hubs);
    let ann = kit.connect_as::<Chat>("ann").await.unwrap();
    assert!(!is_member(&kit, &ann, "tea"), "it was removed before it was joined");
    assert!(is_member(&kit, &ann, "bus"));
}

#[tokio::test(start_paused = true)]
async fn writing_alone_changes_no_connection_that_is_here() {
    let store = Tried::new();
    let membership = Membership::builder(store.clone());
    let kept = membership.build();
    let hubs = hub_core::HubServer::builder().module(kept.clone()).hub(Chat).build().unwrap();
    let kit = TestServer::new(hubs);
    let here = kit.connect_as::<Chat>("ann").await.unwrap();
    let (ann, tea) = (UserId::new("ann").unwrap(), GroupName::new("tea").unwrap());
    kept.add(&ann, &tea).await.unwrap();
    let later = kit.connect_as::<Chat>("ann").await.unwrap();
    assert!(!is_member(&kit, &here, "tea") && is_member(&kit, &later, "tea"));
    assert_eq!(kept.groups_of(&ann).await.unwrap(), std::slice::from_ref(&tea));
    kept.remove(&ann, &tea).await.unwrap();
    assert!(is_member(&kit, &later, "tea"));
    assert!(kept.groups_of(&ann).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn names_that_no_group_or_user_can_have_are_errors() {
    let kit = TestServer::new(server(Membership::builder(Tried::new())));
    let groups = kit.hubs().hub::<Chat>().groups().clone();
    for (user, group) in [("", "tea"), ("ann", ""), ("ann", &*"x".repeat(257))] {
        groups.add_user(user, group).await.unwrap_err();
    }
}
