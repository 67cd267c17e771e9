//! What the scenarios share.
//!
//! | module | subject |
//! |---|---|
//! | [`http`], [`websocket`] | requests and frames as the bytes that are written, good and bad ones |
//! | [`client`] | a classic client over each transport: negotiate, connect, start, call, receive, reconnect |
//! | [`proxy`] | a TCP link that can be cut, paused and throttled |
//! | [`ledger`] | who sent what to whom and who received it, and what is wrong with that |
//! | [`random`] | random choices that can be repeated |

pub mod client;
pub mod http;
pub mod ledger;
pub mod proxy;
pub mod random;
pub mod server;
pub mod websocket;

use std::{future::Future, io, time::Duration};

/// The longest that a test waits for anything, on a machine that has other things to do.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for something that is to happen soon.
///
/// # Errors
///
/// What the future fails with, or that it took too long.
pub async fn within<T>(limit: Duration, future: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(limit, future)
        .await
        .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, format!("nothing happened for {limit:?}"))))
}
