//! Every count has a limit, and what is past it is refused or waits (section 13.7; P6, S9).

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hub_core::{
    HubServer, Options, hub,
    testing::{ConnectError, TestServer, Transport},
};

use crate::{
    Tested,
    hubs::{Chat, chat_server},
    noted::Noted,
};

/// Counts the calls that run at the same time.
#[hub]
#[derive(Default)]
struct Busy {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

#[hub]
impl Busy {
    #[hub_method]
    async fn work(&self) {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(100)).await;
        self.now.fetch_sub(1, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn calls_under_way_are_bounded_and_further_ones_wait() -> Tested {
    for transport in [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling] {
        let hub = Busy::default();
        let most = hub.most.clone();
        let kit = TestServer::new(HubServer::builder().hub(hub).options(Options::default().max_calls(3)).build()?);
        let ann = kit.client().hub::<Busy>().transport(transport).connect().await?;
        let calls: Vec<_> = (0..10).map(|_| ann.invoke("work", ())).collect();
        for call in calls {
            call.await?;
        }
        assert_eq!(most.load(Ordering::Relaxed), 3, "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_bound_of_calls_holds_for_each_connection() -> Tested {
    let hub = Busy::default();
    let most = hub.most.clone();
    let kit = TestServer::new(HubServer::builder().hub(hub).options(Options::default().max_calls(2)).build()?);
    let (ann, bob) = (kit.connect::<Busy>().await?, kit.connect::<Busy>().await?);
    let calls: Vec<_> = (0..4).flat_map(|_| [ann.invoke("work", ()), bob.invoke("work", ())]).collect();
    for call in calls {
        call.await?;
    }
    assert_eq!(most.load(Ordering::Relaxed), 4);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn so_many_hubs_may_be_listed_and_no_more() -> Tested {
    let kit = TestServer::new(chat_server(&Noted::default()).options(Options::default().max_hubs(1)).build()?);
    kit.connect::<Chat>().await?;
    let refused = kit.client().hub_named("chat").hub_named("second").connect().await.unwrap_err();
    assert!(matches!(refused, ConnectError::Refused(refused) if refused.status == 400));
    let thousands = (0..2_000).fold(kit.client(), |client, number| client.hub_named(&format!("h{number}")));
    assert_eq!(thousands.connect().await.unwrap_err().status(), Some(400));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_ended_leaves_nothing_behind() -> Tested {
    let kit = TestServer::new(chat_server(&Noted::default()).build()?);
    for round in 0..30 {
        let ann = kit.connect_as::<Chat>(&format!("user-{round}")).await?;
        ann.invoke("join", (format!("g{round}"),)).await?;
        ann.invoke("tellAll", ("x",)).await?;
        if round % 2 == 0 {
            ann.stop().await?;
        }
        drop(ann);
    }
    tokio::time::sleep(Duration::from_secs(120)).await;
    let stats = kit.hubs().stats();
    assert_eq!((stats.connections, stats.groups, stats.queued_bytes, stats.log_entries), (0, 0, 0, 1), "{stats:?}");
    Ok(())
}
