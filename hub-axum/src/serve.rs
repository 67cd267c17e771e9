//! Serving with the limits that belong to the HTTP server itself.

use std::{future::Future, io};

use axum::Router;
use tokio::net::TcpListener;

/// Serves an application until `shutdown` resolves, then waits for the requests under way.
///
/// Like [`axum::serve`], with small writes sent at once.
///
/// # Errors
///
/// What the listener fails with.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    use axum::serve::ListenerExt as _;
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a socket cannot be told to send small writes at once");
        }
    });
    axum::serve(listener, app).with_graceful_shutdown(shutdown).await
}
