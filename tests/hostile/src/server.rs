//! The server under attack, in the process of the test.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use hub_axum::HubRouterExt as _;
use hub_core::{HubServer, Options, User};
use tokio::{
    net::TcpListener,
    sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, oneshot},
};

use crate::{
    core::Peer,
    lab::{Lab, Notes, Trouble},
};

/// Where core clients find the hub.
pub const LAB: &str = "/lab";

/// Measurements take this alone, everything else shares it.
static MACHINE: RwLock<()> = RwLock::const_new(());

#[derive(Debug)]
enum Share {
    One(#[allow(dead_code, reason = "held, not read")] RwLockReadGuard<'static, ()>),
    All(#[allow(dead_code, reason = "held, not read")] RwLockWriteGuard<'static, ()>),
}

/// A running server. A test has one, since a second would wait for its own share.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The server itself.
    pub hubs: HubServer,
    /// What its hub sees.
    pub notes: Notes,
    _stop: oneshot::Sender<()>,
    _share: Share,
}

impl Server {
    /// Starts a server beside those of other tests.
    pub async fn start(options: Options) -> Self {
        let share = Share::One(MACHINE.read().await);
        Self::with(options, share).await
    }

    /// Starts a server while no other test has one: what is measured is its own.
    pub async fn start_alone(options: Options) -> Self {
        let share = Share::All(MACHINE.write().await);
        Self::with(options, share).await
    }

    /// A core client without credentials, before it has connected.
    pub fn peer(&self) -> Peer {
        Peer::new(self.address, LAB)
    }

    async fn with(options: Options, share: Share) -> Self {
        let notes = Notes::default();
        let hubs = HubServer::builder().options(options).module(Trouble).hub(Lab(notes.clone())).build().unwrap();
        let app = Router::new()
            .route_classic("/signalr", &hubs)
            .route_hub::<Lab>(LAB, &hubs)
            .layer(middleware::from_fn(authenticate));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(hub_axum::serve(listener, app, async move {
            let _ = stopped.await;
        }));
        Self { address, hubs, notes, _stop: stop, _share: share }
    }
}

/// The user is what the query says; one that cannot be is refused.
async fn authenticate(mut request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let user = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "user");
    if let Some((_, id)) = user {
        match User::new("somebody").and_then(|user| user.with_id(&*id)) {
            Ok(user) => request.extensions_mut().insert(user),
            Err(_) => return StatusCode::UNAUTHORIZED.into_response(),
        };
    }
    next.run(request).await
}
