//! What is served where. Mounts of one server hear each other; those with settings of their own are servers of their own.

use std::{error::Error, time::Duration};

use axum::{
    Json, Router, middleware,
    routing::{get, post},
};
use hub_axum::HubRouterExt as _;
use hub_core::{HubServer, Options, SigningKeys};

use crate::{
    events::{Events, Watch},
    hubs::{
        conformance::{Barred, Conformance},
        guarded, life, rejoining,
        second::Second,
        values_of_all_kinds::Open,
    },
    push,
    raw::Broadcast,
    users,
};

/// The longest form in the recordings says 300,000 characters.
const POST_BYTES: usize = 512 * 1024;
const SECOND: Duration = Duration::from_secs(1);

pub(crate) struct Served {
    pub(crate) app: Router,
    pub(crate) servers: Vec<HubServer>,
}

pub(crate) fn build(keys: SigningKeys) -> Result<Served, Box<dyn Error>> {
    let events = Events::default();
    let page = vec!["http://app.example".to_owned()];
    let defaults = || Options::default().max_post_bytes(POST_BYTES).allowed_origins(page.clone());
    let server = |options: Options| {
        HubServer::builder()
            .signing_keys(keys.clone())
            .application("conformance")
            .options(options)
            .module(Watch(events.clone()))
    };

    let options = defaults().disconnect_timeout(15 * SECOND).keep_alive(Some(5 * SECOND));
    let hubs = server(options.clone()).module(Barred).hub(Conformance).hub(Second).build()?;

    let options_tight = defaults()
        .disconnect_timeout(6 * SECOND)
        .keep_alive(Some(2 * SECOND))
        .connection_timeout(4 * SECOND)
        .long_poll_delay(SECOND / 8)
        .max_incoming_bytes(1_000)
        .javascript_proxies(false);
    let tight = server(options_tight).module(Barred).hub(Conformance).hub(Second).build()?;

    let options_plain = defaults().websockets(false).keep_alive(None).connection_timeout(4 * SECOND);
    let plain = server(options_plain).module(Barred).hub(Conformance).build()?;

    let more = server(defaults())
        .hub(guarded::Guarded)
        .hub(guarded::Admins)
        .hub(guarded::Listeners)
        .hub(Open)
        .hub(life::Failing)
        .hub(life::Greeting)
        .hub(rejoining::Rejoining { events: events.clone() })
        .build()?;

    let app = Router::new()
        .route(
            "/events",
            get(move || {
                let events = events.clone();
                async move { Json(events.take()) }
            }),
        )
        .route("/push", post(push::push))
        .with_state(hubs.clone())
        .route_classic("/signalr", &hubs)
        .route_classic_with("/signalr-detailed", &hubs, options.clone().detailed_errors(true))
        .route_classic_connection("/signalr-raw", &hubs, Broadcast, options)
        .route_classic("/signalr-tight", &tight)
        .route_classic("/signalr-plain", &plain)
        .route_classic("/signalr-more", &more)
        .layer(middleware::from_fn(users::authenticate));
    Ok(Served { app, servers: vec![hubs, tight, plain, more] })
}

/// Waits for the signal, then drains every server.
pub(crate) async fn drain_all(servers: Vec<HubServer>, signal: impl Future<Output = ()>) {
    signal.await;
    for server in &servers {
        server.drain(SECOND / 10).await;
    }
}
