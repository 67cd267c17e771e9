//! Pages of other origins, where a mount of raw connections or the way of a script might let them in (S1).

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::Router;
use hub_axum::HubRouterExt as _;
use hub_core::{
    HubResult, HubServer, Options, SigningKeys,
    raw::{PersistentConnection, RawContext},
};
use reliability::{
    client::{Session, Transport},
    http::{Ask, Response},
    server::{Running, Served},
    websocket,
};

/// Counts everything that it is told.
struct Counting(Arc<AtomicUsize>);

impl Counting {
    fn count(&self) -> HubResult {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

impl PersistentConnection for Counting {
    fn name(&self) -> &str {
        "Counting"
    }

    async fn connected(&self, _: RawContext) -> HubResult {
        self.count()
    }

    async fn reconnected(&self, _: RawContext) -> HubResult {
        self.count()
    }

    async fn received(&self, _: RawContext, _: String) -> HubResult {
        self.count()
    }
}

/// Asks as a page of this origin does, by whatever way the transport goes.
async fn ask(session: &Session, action: &str, transport: Transport, headers: &[(&str, &str)]) -> u16 {
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let ask = Ask::get(session.target(action, transport)).headers(&headers);
    if transport == Transport::WebSockets {
        return websocket::upgrade(ask, session.link).await.unwrap().map_or_else(|refused| refused.status, |_| 101);
    }
    ask.open(session.link).await.unwrap().status
}

#[tokio::test]
async fn a_foreign_page_reaches_no_raw_connection_by_any_path() {
    let told = Arc::new(AtomicUsize::new(0));
    let hubs = HubServer::builder().signing_keys(SigningKeys::generate().unwrap()).build().unwrap();
    let app = Router::new().route_classic_connection("/raw", &hubs, Counting(told.clone()), Options::default());
    let served = Served::start(app, &Running::default()).unwrap();
    for headers in
        [&[("Origin", "https://evil.example")][..], &[("Origin", "null")], &[("Sec-Fetch-Site", "cross-site")]]
    {
        for transport in Transport::ALL {
            // `/hubs` and `/js` are the script's, which any page may load: on a mount that has one.
            for action in ["connect", "reconnect", "poll", "hubs", "js", "x/hubs", "start", "send", "abort", "ping"] {
                let session = Session::negotiate_at(served.address(), "/raw", &[], "").await.unwrap();
                let status = ask(&session, action, transport, headers).await;
                assert_eq!(status, 403, "{action} {transport:?} {headers:?}");
            }
        }
    }
    assert_eq!(told.load(Ordering::SeqCst), 0);
    assert_eq!(hubs.stats().connections, 0);
}

#[tokio::test]
async fn the_script_is_for_any_page_and_nothing_else_comes_by_its_path() {
    let (hubs, events) = crate::hubs::room_server(&SigningKeys::generate().unwrap(), Options::default());
    let served = Served::hubs(&hubs).unwrap();
    let foreign = [("Origin", "https://evil.example")];
    for transport in Transport::ALL {
        let session = Session::negotiate(served.address(), &["room"], "").await.unwrap();
        for action in ["hubs", "js", "hubs/"] {
            assert_eq!(ask(&session, action, transport, &foreign).await, 200, "{action} {transport:?}");
            let script: Response = Ask::get(session.target(action, transport)).send(session.link).await.unwrap();
            assert_eq!(script.header("content-type"), Some("application/javascript; charset=UTF-8"));
        }
        for action in ["hubs/connect", "js/connect", "hubs/reconnect"] {
            assert_eq!(ask(&session, action, transport, &foreign).await, 403, "{action} {transport:?}");
        }
        assert_eq!(events.of(&session.id), []);
    }
    assert_eq!(hubs.stats().connections, 0);
}
