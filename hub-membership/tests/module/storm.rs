//! A reconnect storm: what it costs the store, and what happens when the store is away in the middle of it.

use std::{collections::HashSet, time::Duration};

use hub_core::{
    ConnectionId,
    testing::{TestClient, TestServer},
};
use hub_membership::{Membership, MembershipBuilder};
use tokio::time::Instant;

use crate::{
    Chat, server,
    store::{Mode, Tried},
};

const USERS: usize = 1_000;
const CONNECTIONS: usize = 5_000;

fn user(number: usize) -> String {
    format!("user {}", number % USERS)
}

/// Everybody is in the room of all and in one of ten others.
fn rooms(number: usize) -> [String; 2] {
    ["all".to_owned(), format!("room {}", number % USERS % 10)]
}

/// Each user is in two rooms, and each connection is on the server.
async fn gathered(store: &Tried, membership: MembershipBuilder) -> (TestServer, Vec<TestClient>) {
    for number in 0..USERS {
        let rooms = rooms(number);
        store.put(&user(number), &[&rooms[0], &rooms[1]]).await;
    }
    let kit = TestServer::new(server(membership));
    let names: Vec<String> = (0..CONNECTIONS).map(user).collect();
    let connecting = names.iter().map(|name| kit.connect_as::<Chat>(name));
    let clients = futures_util::future::try_join_all(connecting).await.unwrap();
    (kit, clients)
}

/// Whether each connection is in its rooms, and in no other.
fn all_are_back(kit: &TestServer, clients: &[TestClient]) -> bool {
    let members = |room: &str| kit.members::<Chat>(room).into_iter().collect::<HashSet<ConnectionId>>();
    let all = members("all");
    all.len() == CONNECTIONS
        && (0..10).all(|room| {
            let expected = clients.iter().skip(room).step_by(10).map(TestClient::id);
            members(&format!("room {room}")) == expected.collect()
        })
}

fn nobody_is_back(kit: &TestServer) -> bool {
    kit.members::<Chat>("all").is_empty() && (0..10).all(|room| kit.members::<Chat>(&format!("room {room}")).is_empty())
}

async fn all_come_back(clients: &[TestClient]) {
    let back = futures_util::future::join_all(clients.iter().map(TestClient::reconnect)).await;
    assert!(back.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn a_storm_asks_for_each_user_once_at_the_most() {
    let store = Tried::new();
    let membership = || Membership::builder(store.clone()).verify_rejoin(true);
    let (kit, clients) = gathered(&store, membership()).await;
    kit.restart(server(membership()));
    assert!(nobody_is_back(&kit));
    store.counts();
    all_come_back(&clients).await;
    assert!(all_are_back(&kit, &clients));
    let (lookups, users) = store.counts();
    println!("{CONNECTIONS} connections of {USERS} users came back with {lookups} look-ups of {users} users");
    assert!(users <= USERS, "{users} users were looked up");
    assert!(lookups <= USERS / 10, "{lookups} look-ups");
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_new_connections_asks_for_each_user_once_at_the_most() {
    let store = Tried::new();
    let (_old, old_clients) = gathered(&store, Membership::builder(store.clone())).await;
    drop(old_clients);
    let kit = TestServer::new(server(Membership::builder(store.clone())));
    store.counts();
    let names: Vec<String> = (0..CONNECTIONS).map(user).collect();
    let clients =
        futures_util::future::try_join_all(names.iter().map(|name| kit.connect_as::<Chat>(name))).await.unwrap();
    assert!(all_are_back(&kit, &clients));
    let (lookups, users) = store.counts();
    assert!(users <= USERS && lookups <= USERS / 10, "{lookups} look-ups of {users} users");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_in_the_middle_of_a_storm_lets_nobody_in_who_may_not_be_and_then_everybody() {
    for mode in [Mode::Fails, Mode::Hangs] {
        let store = Tried::new();
        let membership = || Membership::builder(store.clone()).verify_rejoin(true);
        let (kit, clients) = gathered(&store, membership()).await;
        kit.restart(server(membership()));
        // The first half comes back, and the store goes away while the others do.
        let (first, second) = clients.split_at(CONNECTIONS / 2);
        all_come_back(first).await;
        assert_eq!(kit.members::<Chat>("all").len(), CONNECTIONS / 2);
        tokio::time::sleep(Duration::from_secs(3)).await;
        store.now(mode);
        // Meanwhile the users of room 7 are put out of it.
        for number in (7..USERS).step_by(10) {
            store.put(&user(number), &["all"]).await;
        }
        let away = Instant::now();
        all_come_back(second).await;
        assert_eq!(kit.members::<Chat>("all").len(), CONNECTIONS / 2, "{mode:?}: nobody without the store's word");
        tokio::time::sleep_until(away + Duration::from_secs(10)).await;
        assert_eq!(kit.members::<Chat>("all").len(), CONNECTIONS / 2, "{mode:?}: nobody without the store's word");
        store.counts();
        store.now(Mode::Works);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(kit.members::<Chat>("all").len(), CONNECTIONS, "{mode:?}: everybody 5 s after its return");
        for room in 0..10 {
            let members: HashSet<ConnectionId> = kit.members::<Chat>(&format!("room {room}")).into_iter().collect();
            // Who had come back before is not put out by another program.
            let may_be = clients.iter().enumerate().skip(room).step_by(10);
            let may_be = may_be.filter(|(number, _)| room != 7 || *number < CONNECTIONS / 2);
            assert_eq!(members, may_be.map(|(_, client)| client.id()).collect(), "{mode:?}: room {room}");
        }
        let (lookups, users) = store.counts();
        println!("{mode:?}: {lookups} look-ups of {users} users after the store's return");
        assert!(lookups <= 20 && users <= USERS + 2 * 256, "{mode:?}: {lookups} look-ups of {users} users");
    }
}
