//! What is served where. Mounts of one server hear each other; those with settings of their own are servers of their own.

use std::{error::Error, time::Duration};

use axum::{
    Json, Router, middleware,
    routing::{get, post},
};
use hub_axum::HubRouterExt as _;
use hub_core::{HubServer, Options, SigningKeys, pipeline::RequireAuthentication};

use crate::{
    core::{Broken, CoreHub, Echo, ask::ask},
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
            .module(Watch(events.clone(), None))
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

    // The origin of the other servers' CORS layer is allowed, and no other one is turned away.
    let core_defaults = || defaults().any_origin(true).allow_stateful_reconnects(true);
    let core = |name: &'static str, options: Options| {
        HubServer::builder()
            .signing_keys(keys.clone())
            .application("conformance")
            .options(options)
            .module(Watch(events.clone(), Some(name)))
            .hub(CoreHub)
    };
    let core_hubs = core("core", core_defaults()).build()?;
    let detailed = core("core-detailed", core_defaults().detailed_errors(true)).build()?;
    let core_tight = core_defaults()
        .maximum_receive_message_size(Some(1_024))
        .handshake_timeout(SECOND)
        .keep_alive_interval(SECOND)
        .client_timeout_interval(2 * SECOND)
        .stream_buffer_capacity(2)
        .stateful_reconnect_buffer_size(2_000)
        .application_max_buffer_size(4_096)
        .poll_timeout(2 * SECOND);
    let core_tight = core("core-tight", core_tight).build()?;
    let parallel = core("core-parallel", core_defaults().maximum_parallel_invocations(4)).build()?;
    let private = core("core-private", core_defaults()).module(RequireAuthentication).build()?;
    let refresh = core("core-refresh", core_defaults().enable_authentication_refresh(true)).build()?;
    let broken =
        HubServer::builder().signing_keys(keys.clone()).options(defaults().any_origin(true)).hub(Broken).build()?;
    let asked = Router::new().route("/ask/{id}", post(ask)).with_state(core_hubs.clone());
    let pushed = push::Servers { classic: hubs.clone(), core: core_hubs.clone() };

    let app = Router::new()
        .route(
            "/events",
            get(move || {
                let events = events.clone();
                async move { Json(events.take()) }
            }),
        )
        .route("/push", post(push::push))
        .with_state(pushed)
        .merge(asked)
        .route_classic("/signalr", &hubs)
        .route_classic_with("/signalr-detailed", &hubs, options.clone().detailed_errors(true))
        .route_classic_connection("/signalr-raw", &hubs, Broadcast, options)
        .route_classic("/signalr-tight", &tight)
        .route_classic("/signalr-plain", &plain)
        .route_classic("/signalr-more", &more)
        .route_hub::<CoreHub>("/core", &core_hubs)
        .route_hub::<CoreHub>("/core-detailed", &detailed)
        .route_hub::<CoreHub>("/core-tight", &core_tight)
        .route_hub::<CoreHub>("/core-parallel", &parallel)
        .route_hub::<CoreHub>("/core-private", &private)
        .route_hub::<CoreHub>("/core-refresh", &refresh)
        .route_hub::<Broken>("/core-broken", &broken)
        .route_connection("/core-raw", &core_hubs, Echo, Options::default())
        .layer(middleware::from_fn(users::authenticate));
    let classic = [hubs, tight, plain, more];
    let core = [core_hubs, detailed, core_tight, parallel, private, refresh, broken];
    Ok(Served { app, servers: classic.into_iter().chain(core).collect() })
}

/// Waits for the signal, then drains every server.
pub(crate) async fn drain_all(servers: Vec<HubServer>, signal: impl Future<Output = ()>) {
    signal.await;
    for server in &servers {
        server.drain(SECOND / 10).await;
    }
}
