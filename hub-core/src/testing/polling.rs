//! Long polling without a network: one poll after the other.

use std::sync::Arc;

use tokio::sync::watch;

use super::{shared::Shared, socket::Reading};
use crate::classic::{ClassicAnswer, ClassicStream, Closing, Transport};

/// The polls of one client.
pub(super) struct Polling {
    pub stream: ClassicStream,
    pub shared: Arc<Shared>,
    pub generation: u64,
    pub reading: watch::Receiver<Reading>,
}

impl Polling {
    /// Polls until the client is stopped, the server shuts down, or a poll is refused.
    pub(super) async fn run(self) {
        let Self { mut stream, shared, generation, mut reading } = self;
        let closing = loop {
            let response = answer(&mut stream).await;
            let pause = stream.settings().long_poll_delay;
            // The request is over; the connection waits for the next one.
            drop(stream);
            if reading.wait_for(|reading| *reading != Reading::No).await.is_err() {
                break Closing::Normal;
            }
            let arrives = *reading.borrow() == Reading::Yes;
            if arrives {
                shared.hear(generation, &response);
            } else if reading.wait_for(|reading| *reading == Reading::Yes).await.is_err() {
                // Whoever waits for a lost answer does not poll meanwhile.
                break Closing::Normal;
            }
            if response.is_empty() {
                break Closing::Failed;
            }
            if is_shutdown(&response) {
                break Closing::Shutdown;
            }
            // A newer stream polls by itself.
            if shared.is_stopped() || !shared.inbox.is_newest(generation) {
                break Closing::Normal;
            }
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            let poll = shared.memory.lock().request("poll", None);
            match shared.kit.mount().handle(poll).await {
                ClassicAnswer::Stream(next) if next.transport() == Transport::LongPolling => stream = *next,
                _ => break Closing::Failed,
            }
        };
        shared.inbox.ended(generation, Some(closing));
    }
}

/// Waits for the answer of a poll, as a real transport does.
async fn answer(stream: &mut ClassicStream) -> bytes::Bytes {
    let until = tokio::time::Instant::now() + stream.settings().connection_timeout;
    loop {
        tokio::select! {
            biased;
            () = stream.ready() => {
                if let Some(response) = stream.response().await {
                    return response;
                }
            }
            () = tokio::time::sleep_until(until) => return stream.timed_out(),
        }
    }
}

fn is_shutdown(response: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(response).is_ok_and(|response| response.get("T").is_some())
}
