//! Names that mean something to somebody else (R32), over the ways that only they take: exclusion lists, tokens, a restart.

use hub_core::{__private::MethodTable, Hub, HubConfig, HubServer, HubType, Options, SigningKeys, UntypedClient};
use reliability::{
    client::{Client, Transport},
    server::Served,
};
use serde_json::json;

use crate::hubs::{fence, outside, room_server, short};

fn names() -> Vec<String> {
    let odd =
        ["*", ">", "a.b", "A", "a", "|", "a|b", "\0", "😀", "__proto__", "c-x", "room.a", "\u{2028}", "é", "e\u{301}"];
    let mut names: Vec<String> = odd.map(str::to_owned).to_vec();
    names.push("n".repeat(256));
    names.push("N".repeat(256));
    names
}

/// Tells each group its number.
async fn say(hubs: &HubServer, except: &[&str]) {
    for (number, name) in names().iter().enumerate() {
        outside(hubs).group_except(name, except).call("hear").argument(&number).send().await.unwrap();
    }
}

/// The numbers that a client has heard.
async fn heard(hubs: &HubServer, client: &mut Client) -> Vec<usize> {
    fence(hubs, &client.session.id);
    let heard = client.until("fence").await.unwrap();
    heard.iter().map(|message| message["A"][0].as_u64().unwrap() as usize).collect()
}

#[tokio::test]
async fn each_name_is_its_own_group_after_a_reconnect_and_a_restart() {
    for transport in Transport::ALL {
        let keys = SigningKeys::generate().unwrap();
        let (hubs, _) = room_server(&keys, short());
        let served = Served::hubs(&hubs).unwrap();
        let mut clients = Vec::new();
        for start in 0..2 {
            let mut client = Client::connect(served.address(), transport, &["room"]).await.unwrap();
            // Every other name: the neighbours differ by little.
            let own: Vec<String> = names().into_iter().skip(start).step_by(2).collect();
            let reply = client.call("room", "join", json!([own])).await.unwrap();
            assert_eq!(reply.error(), None);
            fence(&hubs, &client.session.id);
            client.until("fence").await.unwrap();
            clients.push((client, (start..names().len()).step_by(2).collect::<Vec<_>>()));
        }
        for (client, _) in &mut clients {
            client.reconnect().await.unwrap();
        }
        say(&hubs, &[]).await;
        for (client, own) in &mut clients {
            assert_eq!(heard(&hubs, client).await, *own, "{transport:?}");
        }
        served.kill();

        let (hubs, _) = room_server(&keys, short());
        let served = Served::hubs(&hubs).unwrap();
        for (client, _) in &mut clients {
            client.session.link = served.address().into();
            client.reconnect().await.unwrap();
        }
        say(&hubs, &[]).await;
        for (client, own) in &mut clients {
            assert_eq!(heard(&hubs, client).await, *own, "{transport:?}, restarted");
        }
        assert_eq!(hubs.stats().groups, names().len());
    }
}

#[tokio::test]
async fn an_exclusion_list_is_a_list() {
    let (hubs, _) = room_server(&SigningKeys::generate().unwrap(), short());
    let served = Served::hubs(&hubs).unwrap();
    let mut ann = Client::connect(served.address(), Transport::WebSockets, &["room"]).await.unwrap();
    let bob = Client::connect(served.address(), Transport::WebSockets, &["room"]).await.unwrap();
    ann.call("room", "join", json!([names()])).await.unwrap();
    let all: Vec<usize> = (0..names().len()).collect();
    let (own, other) = (ann.session.id.clone(), bob.session.id.clone());
    // The original joins the ids with bars, and compares them with groups as well.
    let joined = format!("{other}|{own}");
    for except in [&[&*joined][..], &["a", "*", "|", ""], &[&*other], &["a.b", "room.a", &*own.to_uppercase()]] {
        say(&hubs, except).await;
        assert_eq!(heard(&hubs, &mut ann).await, all, "{except:?}");
    }
    say(&hubs, &[&*other, &*own]).await;
    assert_eq!(heard(&hubs, &mut ann).await, [0_usize; 0]);
}

/// A hub as the macros write it, with a name that they refuse.
macro_rules! hub_named {
    ($type:ident, $name:literal) => {
        struct $type;

        impl HubType for $type {
            type Client = UntypedClient;

            fn config() -> HubConfig {
                HubConfig::new(stringify!($type)).name($name)
            }
        }

        impl Hub for $type {
            fn methods(_: &mut MethodTable<Self>) {}
        }
    };
}

hub_named!(Plain, "A");
hub_named!(Dotted, "A.B");
hub_named!(Lower, "a");
hub_named!(Quoted, "it's");
hub_named!(Nul, "a\0");

#[test]
fn no_hub_can_read_another_ones_groups_by_its_name() {
    let builder = || HubServer::builder().signing_keys(SigningKeys::generate().unwrap()).options(Options::default());
    assert!(builder().hub(Plain).build().is_ok());
    // With a dot in a hub's name, group "B.c" of hub "A" would be group "c" of hub "A.B".
    for (mistake, built) in [
        ("The hub name 'A.B' is invalid.", builder().hub(Plain).hub(Dotted).build()),
        (
            "Two Hubs must not share the same name. 'A' and 'a' both share the name 'A'.",
            builder().hub(Plain).hub(Lower).build(),
        ),
        ("The hub name 'it's' is invalid.", builder().hub(Quoted).build()),
        ("The hub name 'a\0' is invalid.", builder().hub(Nul).build()),
    ] {
        let refused = built.expect_err(mistake);
        assert_eq!(refused.mistakes(), [mistake]);
    }
}
