//! A member that was removed does not come back by an older token, on the server that removed it (R8).

use hub_core::{DisconnectReason, HubServer, SigningKeys};
use reliability::{
    client::{Client, Transport},
    server::Served,
};
use serde_json::json;

use crate::hubs::{Events, What, fence, outside, room_server, short};

struct Scene {
    hubs: HubServer,
    events: Events,
    served: Served,
    client: Client,
    old_token: String,
    old_cursor: Option<String>,
}

/// A member of "secret" and "public" whose transport is lost, and that is then removed from "secret".
async fn removed(transport: Transport) -> Scene {
    let (hubs, events) = room_server(&SigningKeys::generate().unwrap(), short());
    let served = Served::hubs(&hubs).unwrap();
    let mut client = Client::connect(served.address(), transport, &["room"]).await.unwrap();
    assert_eq!(client.call("room", "join", json!([["secret", "public"]])).await.unwrap().error(), None);
    fence(&hubs, &client.session.id);
    client.until("fence").await.unwrap();
    let old_token = client.session.groups_token().expect("the token came before the fence");
    let old_cursor = client.session.cursor();
    client.drop_transport().await;
    hubs.hub::<crate::hubs::Room>().groups().remove(&client.session.id, "secret").await.unwrap();
    Scene { hubs, events, served, client, old_token, old_cursor }
}

impl Scene {
    /// Presents the old token with this request and says something to both groups, before and after.
    async fn present(&mut self, action: &str, old_cursor: bool, hears_public: bool) {
        let clients = outside(&self.hubs);
        let say = |group: &str| drop(clients.group(group).call("hear").argument(group).send());
        say("secret");
        self.client.session.set_groups_token(Some(self.old_token.clone()));
        if old_cursor {
            self.client.session.set_cursor(self.old_cursor.clone());
        } else {
            self.client.session.set_cursor(None);
        }
        self.client.open(action).await.unwrap();
        say("secret");
        say("public");
        fence(&self.hubs, &self.client.session.id);
        let heard = self.client.until("fence").await.unwrap();
        let of = |group: &str| heard.iter().filter(|message| message["A"][0] == group).count();
        assert_eq!(of("secret"), 0, "{action}, old cursor {old_cursor}: {heard:?}");
        assert_eq!(of("public") > 0, hears_public, "{action}, old cursor {old_cursor}: {heard:?}");
    }

    async fn present_everywhere(&mut self, transport: Transport) {
        for old_cursor in [true, false] {
            self.present("reconnect", old_cursor, true).await;
            self.present("connect", old_cursor, true).await;
            if transport == Transport::LongPolling {
                self.present("poll", old_cursor, true).await;
            }
        }
    }
}

#[tokio::test]
async fn not_while_the_connection_is_known() {
    for transport in Transport::ALL {
        let mut scene = removed(transport).await;
        scene.present_everywhere(transport).await;
        assert_eq!(scene.hubs.stats().groups, 1, "public alone");
        let new = scene.client.session.groups_token();
        assert_ne!(new, Some(scene.old_token.clone()), "a token that shows the removal came");
        drop(scene.served);
    }
}

#[tokio::test]
async fn not_after_the_connection_said_that_it_leaves() {
    for transport in Transport::ALL {
        let mut scene = removed(transport).await;
        scene.client.abort().await.unwrap();
        let went = What::Disconnected(DisconnectReason::StopCalled);
        scene.events.until(&scene.client.session.id, &[What::Connected, went]).await;
        scene.present_everywhere(transport).await;
    }
}

#[tokio::test]
async fn not_after_the_connection_timed_out() {
    // All three wait at the same time.
    let timing_out = Transport::ALL.map(|transport| {
        tokio::spawn(async move {
            let mut scene = removed(transport).await;
            let went = What::Disconnected(DisconnectReason::TimedOut);
            scene.events.until(&scene.client.session.id, &[What::Connected, went]).await;
            assert_eq!(scene.hubs.stats().connections, 0);
            scene.present_everywhere(transport).await;
        })
    });
    for one in timing_out {
        one.await.unwrap();
    }
}

#[tokio::test]
async fn a_new_join_makes_the_newer_token_good_and_not_the_older_one() {
    let mut scene = removed(Transport::WebSockets).await;
    scene.client.reconnect().await.unwrap();
    scene.client.call("room", "join", json!([["secret"]])).await.unwrap();
    fence(&scene.hubs, &scene.client.session.id);
    scene.client.until("fence").await.unwrap();
    let newer = scene.client.session.groups_token().unwrap();
    scene.client.abort().await.unwrap();
    let went = What::Disconnected(DisconnectReason::StopCalled);
    scene.events.until(&scene.client.session.id, &[What::Connected, What::Reconnected, went]).await;

    scene.client.session.set_groups_token(Some(newer));
    scene.client.reconnect().await.unwrap();
    drop(outside(&scene.hubs).group("secret").call("hear").argument("secret").send());
    fence(&scene.hubs, &scene.client.session.id);
    assert_eq!(scene.client.until("fence").await.unwrap().len(), 1, "the newer token gives the group back");
}
