//! Requests of a stream that was given up and that reach the server late, behind the client's next one.

use hub_core::SigningKeys;
use reliability::{
    client::{Client, Transport},
    http::Ask,
    server::Served,
};
use tokio::task::JoinHandle;

use crate::hubs::{outside, room_server, short};

const MESSAGES: u64 = 400;

/// A request that takes the place of the client's stream; its answer reaches nobody.
fn give_up(client: &Client, action: &str) -> JoinHandle<()> {
    let transport = client.transport();
    let ask = Ask::post(client.session.resuming_target(action, transport), "");
    let link = client.session.link;
    tokio::spawn(async move {
        if transport == Transport::WebSockets {
            let _ = reliability::websocket::upgrade(ask, link).await;
        } else if let Ok(answer) = ask.open(link).await {
            let _ = answer.whole().await;
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_request_takes_no_message_away() {
    for transport in Transport::ALL {
        let (hubs, _) = room_server(&SigningKeys::generate().unwrap(), short());
        let served = Served::hubs(&hubs).unwrap();
        let mut client = Client::connect(served.address(), transport, &["room"]).await.unwrap();
        let saying = {
            let clients = outside(&hubs);
            tokio::spawn(async move {
                for number in 0..MESSAGES {
                    clients.all().call("hear").argument(&number).send().await.unwrap();
                    tokio::time::sleep(std::time::Duration::from_micros(500)).await;
                }
            })
        };
        let mut heard = Vec::new();
        let mut late = Vec::new();
        while heard.len() < MESSAGES as usize {
            if heard.len() % 4 == 0 {
                late.push(give_up(&client, if transport == Transport::LongPolling { "poll" } else { "reconnect" }));
            }
            match client.next().await {
                Ok(message) => heard.push(message["A"][0].as_u64().unwrap()),
                Err(error) => {
                    assert_ne!(error.kind(), std::io::ErrorKind::TimedOut, "{transport:?}: lost after {heard:?}");
                    while client.reconnect().await.is_err() {}
                }
            }
            assert_eq!(
                heard.last(),
                Some(&(heard.len() as u64).saturating_sub(1)).filter(|_| !heard.is_empty()),
                "{transport:?}"
            );
        }
        saying.await.unwrap();
        late.iter().for_each(JoinHandle::abort);
    }
}
