//! What a connection that comes back is in.

use std::time::Duration;

use hub_core::{ConnectionId, testing::TestServer};
use hub_membership::Membership;

use crate::{Chat, is_member, server, store::Tried};

#[tokio::test(start_paused = true)]
async fn by_default_the_token_decides_and_nobody_is_asked() {
    let store = Tried::new();
    store.put("ann", &["tea", "bus"]).await;
    let kit = TestServer::new(server(Membership::builder(store.clone())));
    let ann = kit.connect_as::<Chat>("ann").await.unwrap();
    ann.until_groups_tokens(1).await;
    store.put("ann", &["bus"]).await;
    store.counts();
    kit.restart(server(Membership::builder(store.clone())));
    ann.reconnect().await.unwrap();
    assert!(is_member(&kit, &ann, "tea") && is_member(&kit, &ann, "bus"));
    assert_eq!(store.counts(), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn verified_it_is_in_what_the_store_has() {
    for is_known in [true, false] {
        let store = Tried::new();
        store.put("ann", &["tea", "bus"]).await;
        let membership = || Membership::builder(store.clone()).verify_rejoin(true).cache(Duration::ZERO);
        let kit = TestServer::new(server(membership()));
        let ann = kit.connect_as::<Chat>("ann").await.unwrap();
        ann.invoke("join", ("joined",)).await.unwrap();
        ann.drop_transport();
        store.put("ann", &["bus", "new"]).await;
        if !is_known {
            kit.restart(server(membership()));
        }
        ann.reconnect().await.unwrap();
        let members: Vec<bool> = ["tea", "bus", "new", "joined"].map(|group| is_member(&kit, &ann, group)).into();
        assert_eq!(members, [false, true, true, false], "known to the server: {is_known}");
    }
}

#[tokio::test(start_paused = true)]
async fn verified_a_connection_of_nobody_rejoins_nothing() {
    let kit = TestServer::new(server(Membership::builder(Tried::new()).verify_rejoin(true)));
    let nobody = kit.connect::<Chat>().await.unwrap();
    nobody.invoke("join", ("tea",)).await.unwrap();
    nobody.drop_transport();
    nobody.reconnect().await.unwrap();
    assert!(!is_member(&kit, &nobody, "tea"));
}

#[tokio::test(start_paused = true)]
async fn a_removal_while_a_rejoin_is_decided_on_is_not_lost() {
    let store = Tried::taking(Duration::from_millis(50));
    let membership = || Membership::builder(store.clone()).verify_rejoin(true).cache(Duration::ZERO);
    let kit = TestServer::new(server(membership()));
    for wait in 0..110 {
        store.put("ann", &["tea"]).await;
        let ann = kit.connect_as::<Chat>("ann").await.unwrap();
        assert!(is_member(&kit, &ann, "tea"));
        kit.restart(server(membership()));
        let groups = kit.hubs().hub::<Chat>().groups().clone();
        let removing = async {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            groups.remove_user("ann", "tea").await.unwrap();
        };
        let (back, ()) = tokio::join!(ann.reconnect(), removing);
        back.unwrap();
        let gone = || kit.members::<Chat>("tea") == Vec::<ConnectionId>::new();
        crate::until("the reconnected event has run", gone).await;
    }
}
