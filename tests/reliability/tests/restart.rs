//! A server is killed and started anew: who is who, and who is in what, stands in the tokens.

use hub_core::SigningKeys;
use reliability::{
    client::{Client, Transport},
    server::Served,
};
use serde_json::json;

use crate::hubs::{What, fence, outside, room_server, short};

#[tokio::test]
async fn with_the_same_keys_everyone_is_back_in_its_groups() {
    for transport in Transport::ALL {
        let keys = SigningKeys::generate().unwrap();
        let (hubs, _) = room_server(&keys, short());
        let served = Served::hubs(&hubs).unwrap();
        let mut client = Client::connect_user(served.address(), transport, &["room"], "ann").await.unwrap();
        client.call("room", "join", json!([["a", "b"]])).await.unwrap();
        fence(&hubs, &client.session.id);
        client.until("fence").await.unwrap();
        served.kill();

        let (hubs, events) = room_server(&keys, short());
        let served = Served::hubs(&hubs).unwrap();
        client.session.link = served.address().into();
        client.reconnect().await.unwrap();
        assert_eq!(hubs.stats().groups, 2);
        for group in ["a", "b", "c"] {
            outside(&hubs).group(group).call("hear").argument(group).send().await.unwrap();
        }
        outside(&hubs).user("ann").call("hear").argument("ann").send().await.unwrap();
        fence(&hubs, &client.session.id);
        let heard = client.until("fence").await.unwrap();
        let heard: Vec<_> = heard.iter().map(|message| message["A"][0].as_str().unwrap_or_default()).collect();
        assert_eq!(heard, ["a", "b", "ann"]);
        events.until(&client.session.id, &[What::Reconnected]).await;

        // It is a connection like any other again.
        assert_eq!(client.call("room", "whoAmI", json!([])).await.unwrap().result(), "ann");
        client.call("room", "leave", json!(["a"])).await.unwrap();
        assert_eq!(hubs.stats().groups, 1);
    }
}

#[tokio::test]
async fn with_other_keys_the_connection_token_is_refused() {
    for transport in Transport::ALL {
        let (hubs, _) = room_server(&SigningKeys::generate().unwrap(), short());
        let served = Served::hubs(&hubs).unwrap();
        let mut client = Client::connect(served.address(), transport, &["room"]).await.unwrap();
        client.call("room", "join", json!([["a"]])).await.unwrap();
        served.kill();

        let (hubs, events) = room_server(&SigningKeys::generate().unwrap(), short());
        let served = Served::hubs(&hubs).unwrap();
        client.session.link = served.address().into();
        for action in ["reconnect", "connect", "poll"] {
            let refused = client.open(action).await.expect_err("the token is of another server");
            assert_eq!(refused.to_string(), "refused with 400", "{action}");
        }
        let refused = client.session.start(transport).await.unwrap();
        assert_eq!((refused.status, &*refused.text()), (400, "The ConnectionId is in the incorrect format."));
        assert_eq!(client.session.abort(transport).await.unwrap().status, 400);
        if transport != Transport::WebSockets {
            let call = json!({"H": "room", "M": "echo", "A": [1], "I": 0}).to_string();
            assert_eq!(client.session.send(transport, &call).await.unwrap().status, 400);
        }
        assert_eq!(events.of(&client.session.id), []);
        assert_eq!(hubs.stats().connections, 0);
    }
}
