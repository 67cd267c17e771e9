//! A slow, hostile or panicking connection or handler is nobody else's trouble (P8).

use std::time::Duration;

use hub_core::{
    HubServer, hub,
    testing::{TestServer, Transport},
};
use tokio::time::Instant;

use crate::{Tested, hubs::Chat};

#[hub]
struct Trouble;

#[hub]
impl Trouble {
    #[hub_method]
    async fn never(&self) {
        std::future::pending().await
    }

    #[hub_method]
    fn panics(&self) {
        panic!("on purpose")
    }

    #[hub_method(disconnected)]
    async fn stuck(&self) {
        std::future::pending().await
    }
}

fn kit() -> TestServer {
    TestServer::new(HubServer::builder().hub(Trouble).hub(Chat::default()).build().unwrap())
}

#[tokio::test(start_paused = true)]
async fn calls_that_never_end_and_panics_delay_nobody_else() -> Tested {
    let kit = kit();
    let (bad, ann) = (kit.connect::<Trouble>().await?, kit.connect::<Chat>().await?);
    let _stuck: Vec<_> = (0..100).map(|_| bad.invoke("never", ())).collect();
    let more: Vec<_> = (0..1_000).map(|_| bad.invoke("panics", ())).collect();
    let before = Instant::now();
    assert_eq!(ann.invoke("echo", ("x",)).await?.result::<String>(), "x");
    assert!(before.elapsed() < Duration::from_millis(10));
    drop(more);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_connection_whose_calls_are_all_under_way_still_receives() -> Tested {
    for transport in [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling] {
        let kit = kit();
        let bad = kit.client().hub::<Trouble>().hub::<Chat>().transport(transport).connect().await?;
        let _stuck: Vec<_> = (0..150).map(|_| bad.invoke("never", ())).collect();
        tokio::time::sleep(Duration::from_millis(5)).await;
        kit.hubs().hub::<Chat>().clients().all().show("still");
        bad.expect_call("show", ("still",)).await;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_disconnected_event_that_never_ends_keeps_no_connection() -> Tested {
    let kit = kit();
    let bad = kit.connect::<Trouble>().await?;
    let ann = kit.connect::<Chat>().await?;
    bad.stop().await?;
    assert!(!kit.knows(bad.id()));
    assert_eq!(ann.invoke("echo", ("x",)).await?.result::<String>(), "x");
    ann.stop().await?;
    kit.until_disconnected(ann.id()).await;
    assert_eq!(kit.hubs().stats().connections, 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn nonsense_on_one_connection_is_answered_there() -> Tested {
    let kit = kit();
    let (bad, ann) = (kit.connect::<Chat>().await?, kit.connect::<Chat>().await?);
    let long = "x".repeat(60_000);
    let deep = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
    for text in ["", "{", "[]", "null", "\u{0}", &long, &deep, r#"{"H":"chat","M":"echo","A":[1e999],"I":0}"#] {
        drop(bad.send_text(text));
    }
    assert_eq!(ann.invoke("echo", ("x",)).await?.result::<String>(), "x");
    assert_eq!(bad.invoke("echo", ("x",)).await?.result::<String>(), "x");
    Ok(())
}
