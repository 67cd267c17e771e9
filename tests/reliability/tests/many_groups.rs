//! 1,000 groups of 256-byte names on one connection come back through a URL under 2 KB, also on a new server (R10).

use std::path::PathBuf;

use hub_core::{HubServer, Options, SigningKeys, rejoin::FileTokenStore};
use reliability::{
    client::{Client, Transport},
    http::Ask,
    proxy::Proxy,
    server::Served,
};
use serde_json::json;

use crate::hubs::{Events, Room, fence, outside};

const GROUPS: usize = 1_000;
const MAX_REQUEST_LINE: usize = 2_048;

/// Names of 256 bytes, half of them beyond ASCII.
fn names() -> Vec<String> {
    (0..GROUPS)
        .map(|index| {
            let start = format!("{index:04} ");
            let fill = if index % 2 == 0 { "x".repeat(251) } else { format!("{}x", "é".repeat(125)) };
            start + &fill
        })
        .collect()
}

fn server(keys: &SigningKeys, folder: &PathBuf) -> HubServer {
    HubServer::builder()
        .hub(Room { events: Events::default() })
        .signing_keys(keys.clone())
        .token_store(FileTokenStore::open(folder).unwrap())
        // All groups are told something at once.
        .options(Options::default().outbox_messages(2 * GROUPS))
        .build()
        .unwrap()
}

/// Says its number to each group. The client is to hear each of them once.
async fn expect_all(hubs: &HubServer, client: &mut Client, names: &[String]) {
    let clients = outside(hubs);
    for (index, name) in names.iter().enumerate() {
        clients.group(name).call("hear").argument(&index).send().await.unwrap();
    }
    fence(hubs, &client.session.id);
    let heard = client.until("fence").await.unwrap();
    let heard: Vec<u64> = heard.iter().filter_map(|message| message["A"][0].as_u64()).collect();
    assert_eq!(heard, (0..names.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_thousand_long_names_rejoin_through_a_short_url() {
    let names = names();
    assert!(names.iter().all(|name| name.len() == 256));
    for transport in Transport::ALL {
        let folder = std::env::temp_dir().join(format!("reliability-{}-{}", std::process::id(), transport.name()));
        let keys = SigningKeys::generate().unwrap();
        let hubs = server(&keys, &folder);
        let served = Served::hubs(&hubs).unwrap();
        let proxy = Proxy::start(served.address()).await.unwrap();
        let mut client = Client::connect(proxy.address(), transport, &["room"]).await.unwrap();
        // A call is 64 KiB at most.
        for part in names.chunks(80) {
            assert_eq!(client.call("room", "join", json!([part])).await.unwrap().error(), None);
        }
        expect_all(&hubs, &mut client, &names).await;
        assert_eq!(hubs.stats().groups, GROUPS);

        proxy.cut();
        let line = Ask::get(client.session.resuming_target("reconnect", transport)).line();
        println!("{}: the request line has {} bytes", transport.name(), line.len());
        assert!(line.len() <= MAX_REQUEST_LINE, "{} bytes", line.len());
        assert!(client.session.groups_token().is_some());
        client.reconnect().await.unwrap();
        expect_all(&hubs, &mut client, &names).await;

        // Another process, with the same keys and the same folder.
        drop(proxy);
        served.kill();
        let hubs = server(&keys, &folder);
        let served = Served::hubs(&hubs).unwrap();
        client.session.link = served.address().into();
        client.reconnect().await.unwrap();
        assert_eq!(hubs.stats().groups, GROUPS, "all of them, from the token alone");
        expect_all(&hubs, &mut client, &names).await;
        drop(served);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
