//! Serving with the limits that belong to the HTTP server itself (S8, S9 and S11 of `docs/promises.md`).

mod connections;
mod guarded;
mod patience;

use std::{future::Future, io, pin::Pin, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{net::TcpListener, sync::watch};

use connections::Connections;
use guarded::Guarded;
use patience::{Arrivals, HeadTimer, IDLE};

/// How many headers a request may have.
const MAX_HEADERS: usize = 64;
/// How many bytes the head of a request may have.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// How long connections may take to end after a shutdown.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait when the system has no descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Limits of an HTTP server.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServeOptions {
    max_connections: usize,
    max_connections_per_address: usize,
    write_timeout: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            max_connections: 100_000,
            max_connections_per_address: usize::MAX,
            write_timeout: Duration::from_secs(30),
        }
    }
}

impl ServeOptions {
    /// How many connections are open at the same time; further ones are closed at once. Default 100,000.
    #[must_use]
    pub fn max_connections(mut self, max_connections: usize) -> Self {
        self.max_connections = max_connections;
        self
    }

    /// The same for one remote address. Behind a proxy all clients have the proxy's. Default no limit.
    #[must_use]
    pub fn max_connections_per_address(mut self, max_connections: usize) -> Self {
        self.max_connections_per_address = max_connections;
        self
    }

    /// How long a peer may leave what is written to it unread before its connection is cut. Default 30 s.
    #[must_use]
    pub fn write_timeout(mut self, write_timeout: Duration) -> Self {
        self.write_timeout = write_timeout;
        self
    }
}

/// Serves an application over HTTP/1.1 until `shutdown` resolves; then no connection is taken any more, and those that are
/// there get 5 s to end. With [`HubServer::drain_on`](hub_core::HubServer::drain_on) as `shutdown` their streams have ended by then.
///
/// The head of a request has 10 s, 64 headers and 32 KiB; a connection may wait 30 s for its next request; a peer that does not read is cut after 30 s; small writes are sent at once.
///
/// # Errors
///
/// What the listener fails with, other than failures of single connections and a passing lack of descriptors.
pub async fn serve(listener: TcpListener, app: Router, shutdown: impl Future<Output = ()> + Send) -> io::Result<()> {
    serve_with(listener, app, shutdown, ServeOptions::default()).await
}

/// As [`serve`], with limits of your own.
///
/// # Errors
///
/// As [`serve`].
pub async fn serve_with(
    listener: TcpListener,
    app: Router,
    shutdown: impl Future<Output = ()> + Send,
    options: ServeOptions,
) -> io::Result<()> {
    accept(listener, app, Box::pin(shutdown), options).await
}

/// The whole of it, without the caller's types: compiled here, and not in every application.
fn accept<'a>(
    listener: TcpListener,
    app: Router,
    mut shutdown: Pin<Box<dyn Future<Output = ()> + Send + 'a>>,
    options: ServeOptions,
) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send + 'a>> {
    Box::pin(async move {
        let connections = Connections::new(options.max_connections, options.max_connections_per_address);
        let (stop, stopped) = watch::channel(());
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut shutdown => break,
            };
            let (socket, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_of_one_connection(&error) => continue,
                Err(error) => {
                    tracing::error!(%error, "no connection can be taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let Some(place) = connections.enter(peer.ip()) else {
                metrics::counter!("hub_connections_refused_total").increment(1);
                continue;
            };
            if let Err(error) = socket.set_nodelay(true) {
                tracing::debug!(%error, "a socket cannot be told to send small writes at once");
            }
            let arrivals = Arrivals::default();
            let socket = Guarded::new(socket, place, options.write_timeout, arrivals.clone());
            tokio::spawn(serve_connection(socket, arrivals, app.clone(), stopped.clone()));
        }
        drop(listener);
        drop(stop);
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, connections.empty()).await.is_err() {
            tracing::warn!("connections are still open; they are cut");
        }
        Ok(())
    })
}

async fn serve_connection(socket: Guarded, arrivals: Arrivals, app: Router, mut stopped: watch::Receiver<()>) {
    let serving = http1::Builder::new()
        .timer(HeadTimer(arrivals))
        .header_read_timeout(IDLE)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(app))
        .with_upgrades();
    let mut serving = std::pin::pin!(serving);
    let served = tokio::select! {
        served = &mut serving => served,
        _ = stopped.changed() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}
