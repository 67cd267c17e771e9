//! The server, in the process of the test. A bearer token `ann;3600;admin;team=red` is Ann for an hour from each request on, in that role, of
//! that team; `ann;until=1800000000` is Ann until that second.

use std::{
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::Response,
};
use hostile::core::Peer;
use hub_axum::HubRouterExt as _;
use hub_core::{HubServer, HubServerBuilder, Options, User};
use tokio::{net::TcpListener, sync::oneshot};

use crate::desk::{Desk, Guarded, Mirror, Notes};

/// The path of the desk's hub.
pub const DESK: &str = "/desk";
/// The same hub on another mount.
pub const OTHER: &str = "/other";
/// Raw connections, which give back what comes.
pub const RAW: &str = "/raw";
/// The hub for members.
pub const GUARDED: &str = "/guarded";

/// A running server.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The server itself.
    pub hubs: HubServer,
    /// What its hub sees.
    pub notes: Notes,
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// Serves the desk with these options.
    pub async fn start(options: Options) -> Self {
        Self::start_with(options, |builder| builder).await
    }

    /// The same with more in it.
    pub async fn start_with(options: Options, more: impl FnOnce(HubServerBuilder) -> HubServerBuilder) -> Self {
        let notes = Notes::default();
        let builder = HubServer::builder().options(options).hub(Desk(notes.clone())).hub(Guarded);
        let hubs = more(builder).build().unwrap();
        let app = Router::new()
            .route_classic("/signalr", &hubs)
            .route_hub::<Desk>(DESK, &hubs)
            .route_hub::<Desk>(OTHER, &hubs)
            .route_hub::<Guarded>(GUARDED, &hubs)
            .route_connection(RAW, &hubs, Mirror, Options::default())
            .layer(middleware::from_fn(authenticate));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(hub_axum::serve(listener, app, async move {
            let _ = stopped.await;
        }));
        Self { address, hubs, notes, _stop: stop }
    }

    /// Somebody with this token, at the desk; without one if it is empty.
    pub fn peer(&self, token: &str) -> Peer {
        self.peer_at(DESK, token)
    }

    /// The same at another mount.
    pub fn peer_at(&self, mount: &'static str, token: &str) -> Peer {
        let peer = Peer::new(self.address, mount);
        if token.is_empty() { peer } else { peer.bearer(token) }
    }

    /// Waits until the next look at everybody's credentials, at which these end their connection: the look before it is over then. Wants an
    /// option that ends connections by it.
    pub async fn until_expiry_was_looked_at(&self) {
        let late = self.peer("late;0").negotiate().await;
        while late.poll().await.status == 200 {}
    }
}

/// A token that ends so many seconds from now, to the second: whoever shows it again shows the same.
pub fn until(name: &str, seconds: u64, more: &str) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    format!("{name};until={}{more}", now + seconds)
}

async fn authenticate(mut request: Request, next: Next) -> Response {
    let bearer = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    if let Some(user) = bearer.and_then(|value| value.strip_prefix("Bearer ")).and_then(user) {
        request.extensions_mut().insert(user);
    }
    next.run(request).await
}

fn user(token: &str) -> Option<User> {
    let mut words = token.split(';');
    let mut user = User::new(words.next()?).ok()?;
    for word in words {
        user = match (word.parse(), word.split_once('=')) {
            (Ok(seconds), _) => user.with_expiry(SystemTime::now() + Duration::from_secs(seconds)),
            (_, Some(("until", second))) => {
                user.with_expiry(SystemTime::UNIX_EPOCH + Duration::from_secs(second.parse().ok()?))
            }
            (_, Some((name, value))) => user.with_claim(name, value),
            _ => user.with_role(word),
        };
    }
    Some(user)
}
