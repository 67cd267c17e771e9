//! A server on a real socket, and a client that can send what no honest one would.
//!
//! * [`http`]: requests byte by byte, each on a socket of its own.
//! * [`websocket`]: frames as the test wants them.
//! * [`client`]: a classic client on top of both.
//! * [`core`]: a core client, in JSON and MessagePack.
//! * [`names`]: names that mean something to somebody else.
//! * [`linear`]: whether time grows with the input.
//! * [`lab`]: the hub under attack, and the module that fails on demand.
//! * [`server`]: the server, and the lock that keeps measurements apart from the rest.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a harness of tests: what goes wrong fails the test")]

pub mod client;
pub mod core;
pub mod http;
pub mod lab;
pub mod linear;
pub mod names;
pub mod server;
pub mod websocket;

use std::{future::Future, time::Duration};

/// The longest that anything is waited for. A test that passes never waits for it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for something, but not for ever.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// Waits until a condition holds that nobody announces.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    within(what, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// Runs a test on a runtime whose threads have stacks of 256 KB, as somebody may give them who has many: what comes from the wire must not take more.
pub fn on_small_stacks(test: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).thread_stack_size(256 * 1024).enable_all().build().unwrap();
    runtime.block_on(test);
}

/// A value as it stands in a query or a form.
pub fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}
