//! A WebSocket or an event stream without a network: the same loop that a real transport runs.

use std::sync::Arc;

use bytes::Bytes;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior, interval_at},
};

use super::shared::Shared;
use crate::classic::{ClassicStream, Closing, Transport};

/// What the client's end of a link does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Everything that is written arrives.
    Yes,
    /// Nothing can be written.
    No,
    /// What is written is lost on the way.
    BlackHole,
}

/// One open stream.
pub(super) struct Socket {
    pub stream: ClassicStream,
    pub shared: Arc<Shared>,
    pub generation: u64,
    /// What the client says; none comes over an event stream.
    pub said: mpsc::UnboundedReceiver<String>,
    pub reading: watch::Receiver<Reading>,
}

impl Socket {
    /// Runs until the stream is over.
    pub(super) async fn run(mut self) {
        let closing = self.serve().await;
        let (shared, generation) = (self.shared.clone(), self.generation);
        // The server notices the end before the client does, as over a network.
        drop(self);
        shared.inbox.ended(generation, Some(closing));
    }

    async fn serve(&mut self) -> Closing {
        let every = self.stream.settings().keep_alive;
        let period = every.unwrap_or(std::time::Duration::from_secs(3_600));
        let mut beat = interval_at(Instant::now() + period, period);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let until = Instant::now() + self.stream.settings().connection_timeout;
        let carries_calls = self.stream.transport() == Transport::WebSockets;
        let mut permit = None;
        loop {
            tokio::select! {
                biased;
                Some(text) = self.said.recv(), if permit.is_some() => {
                    if let Some(permit) = permit.take() {
                        self.stream.receive(permit, text).await;
                    }
                }
                // An event stream reads nothing, so it keeps nobody from calling.
                given = self.stream.permit(), if permit.is_none() && carries_calls => permit = Some(given),
                () = self.stream.ready() => {
                    let frames = self.stream.frames().await;
                    if let Some(closing) = self.write(frames.frames).await {
                        return closing;
                    }
                    if let Some(closing) = frames.closing {
                        return closing;
                    }
                }
                _ = beat.tick(), if every.is_some() => {
                    self.stream.tick();
                    if let Some(closing) = self.write(vec![Bytes::from_static(b"{}")]).await {
                        return closing;
                    }
                }
                // Without a keep-alive the stream ends by itself.
                () = tokio::time::sleep_until(until), if every.is_none() => return Closing::Normal,
            }
        }
    }

    /// Writes, as soon as the client reads. A client that does not is cut off when the send time-out is over, or when the
    /// slow-client policy says so.
    async fn write(&mut self, frames: Vec<Bytes>) -> Option<Closing> {
        if *self.reading.borrow() == Reading::No {
            let limit = self.stream.settings().send_timeout;
            let reading = &mut self.reading;
            let room = async move { reading.wait_for(|reading| *reading != Reading::No).await.is_ok() };
            let room = async move { tokio::time::timeout(limit, room).await.unwrap_or_default() };
            let mut room = std::pin::pin!(room);
            let has_room = tokio::select! {
                biased;
                has_room = &mut room => has_room,
                closing = self.stream.ended() => match closing {
                    Closing::Cut => false,
                    _ => room.await,
                },
            };
            if !has_room {
                return Some(Closing::Cut);
            }
        }
        if *self.reading.borrow() == Reading::Yes {
            for frame in frames {
                self.shared.hear(self.generation, &frame);
            }
        }
        None
    }
}
