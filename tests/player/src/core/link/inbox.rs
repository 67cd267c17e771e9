//! What has come on a connection, and how it ended.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::core::message::{Protocol, shown};

/// A hub message that came.
#[derive(Debug, Clone)]
pub(in crate::core) struct Taken {
    pub(in crate::core) bytes: Vec<u8>,
    /// Whether it came in a binary WebSocket message.
    pub(in crate::core) binary: bool,
    /// Whether it is the answer to the handshake.
    pub(in crate::core) handshake: bool,
}

#[derive(Debug)]
pub(in crate::core) struct Inbox {
    protocol: Protocol,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
pub(in crate::core) struct State {
    greeted: bool,
    pub(in crate::core) queue: VecDeque<Taken>,
    pub(in crate::core) pongs: VecDeque<String>,
    /// How it ended, as JSON.
    pub(in crate::core) ended: Option<String>,
    /// Which rule the server broke.
    pub(in crate::core) fault: Option<String>,
    /// Bytes of an event stream as they came.
    pub(in crate::core) raw: Vec<u8>,
}

impl Inbox {
    pub(super) fn new(protocol: Protocol, greeted: bool) -> Arc<Self> {
        let greeted = greeted || protocol == Protocol::Raw;
        Arc::new(Self { protocol, state: Mutex::new(State { greeted, ..State::default() }), changed: Notify::new() })
    }

    pub(in crate::core) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state.lock());
        self.changed.notify_waiters();
        changed
    }

    pub(super) fn end(&self, how: &str) {
        self.change(|state| {
            state.ended.get_or_insert_with(|| how.to_owned());
        });
    }

    pub(super) fn fail(&self, what: impl Into<String>) {
        self.change(|state| {
            state.fault.get_or_insert_with(|| what.into());
        });
    }

    /// Waits until something holds; false if it does not in time.
    pub(in crate::core) async fn until(&self, limit: Duration, holds: impl Fn(&State) -> bool) -> bool {
        let deadline = Instant::now() + limit;
        loop {
            let changed = self.changed.notified();
            if holds(&self.state.lock()) {
                return true;
            }
            if timeout_at(deadline, changed).await.is_err() {
                return false;
            }
        }
    }

    /// Takes what one transport message carried: whole hub messages only.
    pub(super) fn accept(&self, bytes: &[u8], binary: bool) {
        self.change(|state| {
            let take = |bytes: Vec<u8>, handshake| Taken { bytes, binary, handshake };
            if self.protocol == Protocol::Raw {
                return state.queue.push_back(take(bytes.to_vec(), false));
            }
            let mut rest = bytes;
            if !state.greeted {
                // The answer to the handshake is JSON whatever the protocol.
                let Some(end) = bytes.iter().position(|byte| *byte == 0x1e) else {
                    state.fault.get_or_insert_with(|| format!("an answer without separator: {}", shown(bytes)));
                    return;
                };
                state.queue.push_back(take(bytes[..=end].to_vec(), true));
                state.greeted = true;
                rest = &bytes[end + 1..];
            }
            let (messages, left) = self.protocol.split(rest);
            state.queue.extend(messages.into_iter().map(|message| take(message, false)));
            if !left.is_empty() {
                state
                    .fault
                    .get_or_insert_with(|| format!("part of a hub message in a transport message: {}", shown(&left)));
            }
        });
    }
}
