//! What a connection that comes back is in.

use std::time::Duration;

use hub_core::{
    GroupName, HubModule, HubResult, HubServer, SigningKeys, hub_module,
    pipeline::{Rejoining, RejoiningNext},
    rejoin::SigningKey,
    testing::TestServer,
};
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

/// A module inside, which thinks for a second about what is rejoined.
struct Slow;

#[hub_module]
impl HubModule for Slow {
    async fn rejoining_groups(&self, rejoining: Rejoining<'_>, next: RejoiningNext<'_>) -> HubResult<Vec<GroupName>> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        next.run(rejoining).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_removal_while_a_rejoin_is_decided_on_is_not_lost() {
    let store = Tried::new();
    store.put("ann", &["tea", "bus"]).await;
    let slow = || {
        let keys = SigningKeys::new([SigningKey::new([7; 32]).unwrap()]).unwrap();
        let membership = Membership::builder(store.clone()).verify_rejoin(true).build();
        HubServer::builder().signing_keys(keys).module(membership).module(Slow).hub(Chat).build().unwrap()
    };
    let kit = TestServer::new(slow());
    let ann = kit.connect_as::<Chat>("ann").await.unwrap();
    ann.until_groups_tokens(1).await;
    kit.restart(slow());
    let groups = kit.hubs().hub::<Chat>().groups().clone();
    // The store has answered, the connection is not here yet: there is nobody to take out.
    let removing = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        groups.remove_user("ann", "tea").await.unwrap();
    };
    let (back, ()) = tokio::join!(ann.reconnect(), removing);
    back.unwrap();
    crate::until("ann is out of tea", || !is_member(&kit, &ann, "tea")).await;
    assert!(is_member(&kit, &ann, "bus"));
}
