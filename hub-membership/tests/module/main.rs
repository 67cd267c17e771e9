//! What the membership module promises, over the in-memory transport and under paused time.
//!
//! * `store`: a store that fails, hangs and counts as it is told.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy.toml allows them in test functions, not in what these share"
)]

mod store;

mod changes;
mod connecting;
mod failing;
mod rejoining;
mod storm;

use hub_core::{
    Groups, HubResult, HubServer, SigningKeys, hub, hub_client,
    rejoin::SigningKey,
    testing::{TestClient, TestServer},
};
use hub_membership::MembershipBuilder;

/// What the server may call.
#[hub_client]
pub(crate) trait Hears {
    fn heard(&self, text: &str);
}

#[hub(client = Hears)]
pub(crate) struct Chat;

#[hub]
impl Chat {
    #[hub_method]
    async fn add_user(&self, groups: &Groups<Self>, user: String, group: String) -> HubResult {
        groups.add_user(user, group).await
    }

    #[hub_method]
    async fn join(&self, groups: &Groups<Self>, caller: &hub_core::Caller, group: String) -> HubResult {
        Ok(groups.add(caller.connection_id(), group).await?)
    }
}

/// A server with the keys of all tests, so that tokens outlive it.
pub(crate) fn server(membership: MembershipBuilder) -> HubServer {
    let keys = SigningKeys::new([SigningKey::new([7; 32]).unwrap()]).unwrap();
    HubServer::builder().signing_keys(keys).module(membership.build()).hub(Chat).build().unwrap()
}

/// The members of a group, by the ids of their connections.
pub(crate) fn is_member(kit: &TestServer, client: &TestClient, group: &str) -> bool {
    kit.members::<Chat>(group).contains(&client.id())
}

/// Waits until a condition holds, in paused time.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..10_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("it never came about: {what}");
}
