//! Connections that were negotiated and go no further (sections 1.5 and 3.1): they end in time, and keep nobody out.

use std::time::Duration;

use bytes::Bytes;
use hub_core::{
    HubServer, Options,
    core::{CoreMount, CoreRefusal, CoreStream, Opened, Transport},
    hub,
};
use serde_json::Value as Json;
use tokio::time::{Instant, sleep, timeout};

use super::{CoreClient, client::request};
use crate::Tested;

const SECOND: Duration = Duration::from_secs(1);
const MAX: usize = 3;

#[hub(name = "quiet")]
struct Quiet;

#[hub]
impl Quiet {
    #[hub_method]
    fn echo(&self, text: String) -> String {
        text
    }
}

fn mount() -> Result<CoreMount, Box<dyn std::error::Error>> {
    let hubs = HubServer::builder().options(Options::default().max_connections(MAX)).hub(Quiet).build()?;
    Ok(hubs.core_mount::<Quiet>(Options::default())?)
}

/// Gives the token.
async fn reserve(mount: &CoreMount) -> Result<String, CoreRefusal> {
    let answer: Json = serde_json::from_slice(&mount.negotiate(&request("negotiateVersion=1", None)).await?).unwrap();
    Ok(answer["connectionToken"].as_str().unwrap().to_owned())
}

/// Begins a connection without a negotiation.
async fn skip(mount: &CoreMount) -> Result<CoreStream, CoreRefusal> {
    match mount.open(request("", None), Transport::WebSockets).await? {
        Opened::Stream(stream) => Ok(*stream),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_oldest_reservation_gives_way_and_a_connection_does_not() -> Tested {
    let mount = mount()?;
    let _connected = CoreClient::connect(&mount, None).await;
    let mut tokens = Vec::new();
    for _ in 0..4 {
        tokens.push(reserve(&mount).await.unwrap());
    }
    let opened = CoreClient::open(&mount, &tokens[2], None).await.unwrap();
    for token in &tokens[..2] {
        assert_eq!(CoreClient::open(&mount, token, None).await.unwrap_err().status, 404);
    }
    // Of the two places that are no reservation's none is given; the third one's is.
    let skipped = skip(&mount).await.unwrap();
    assert_eq!(CoreClient::open(&mount, &tokens[3], None).await.unwrap_err().status, 404);
    for refused in [reserve(&mount).await.unwrap_err(), skip(&mount).await.unwrap_err()] {
        assert_eq!((refused.status, &*refused.text), (503, "The server has as many connections as it may."));
    }
    drop((opened, skipped));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_reservation_ends_fifteen_seconds_after_it_was_made() -> Tested {
    let mount = mount()?;
    let (used, unused) = (reserve(&mount).await.unwrap(), reserve(&mount).await.unwrap());
    sleep(14 * SECOND).await;
    let opened = CoreClient::open(&mount, &used, None).await.unwrap();
    sleep(2 * SECOND).await;
    assert_eq!(CoreClient::open(&mount, &unused, None).await.unwrap_err().status, 404);
    drop(opened);
    Ok(())
}

/// What the server says to a connection that sends this each second, and when it says so.
async fn told_to(stream: &mut CoreStream, each_second: Option<&'static [u8]>) -> (Vec<Bytes>, Duration) {
    let begun = Instant::now();
    while timeout(SECOND, stream.ready()).await.is_err() {
        if let Some(bytes) = each_second {
            stream.push(Bytes::from_static(bytes));
        }
    }
    let batch = stream.take();
    assert!(batch.closing.is_some(), "it is closed with that");
    (batch.frames, begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_handshake_has_fifteen_seconds_however_it_trickles() -> Tested {
    let mount = mount()?;
    for each_second in [None, Some(&b"{"[..])] {
        let mut stream = skip(&mount).await.unwrap();
        let (said, after) = told_to(&mut stream, each_second).await;
        assert_eq!(said, [Bytes::from_static(b"{\"error\":\"Handshake was canceled.\"}\x1e")]);
        assert!(after.abs_diff(15 * SECOND) <= SECOND, "{after:?}");
    }
    Ok(())
}
