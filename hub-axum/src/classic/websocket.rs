//! A WebSocket: one task that reads, writes and keeps alive (section 2.3).

use std::time::Duration;

use axum::response::Response;
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use hub_core::classic::{ClassicStream, Closing};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{
    self, Message, Utf8Bytes,
    protocol::{CloseFrame, frame::coding::Data},
};

use crate::websocket::{Upgrade, WebSocket, config, write_frames};

/// How long the peer may take to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Messages read in a row before what they caused is written.
const READ_BATCH: usize = 64;

mod code {
    pub(super) const NORMAL: u16 = 1000;
    pub(super) const UNSUPPORTED: u16 = 1003;
    pub(super) const TOO_LARGE: u16 = 1009;
    pub(super) const FAILED: u16 = 1011;
}

/// The answer to an upgrade; the stream lives on the socket.
pub(super) fn upgrade(upgrade: Upgrade, stream: ClassicStream) -> Response {
    let config = config(Some(stream.settings().max_incoming_bytes));
    upgrade.answer(config, |socket| async move {
        let mut connection = Socket { socket, stream };
        let end = connection.run().await;
        connection.close(end).await;
    })
}

struct Socket {
    socket: WebSocket,
    stream: ClassicStream,
}

/// How a socket comes to its end.
enum End {
    /// The peer is gone or has closed; there is nobody to tell.
    Gone,
    /// We close, with this code.
    Close(u16),
}

impl Socket {
    async fn run(&mut self) -> End {
        let settings = self.stream.settings();
        let every = settings.keep_alive;
        // Without a keep-alive the stream ends by itself after the connection timeout.
        let until = every.is_none().then(|| Instant::now() + settings.connection_timeout);
        let period = every.unwrap_or(Duration::from_secs(3_600));
        let mut beat = interval_at(Instant::now() + period, period);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // A message that waits for its turn among the calls; nothing is read behind it.
        let mut waiting: Option<String> = None;
        let mut read = 0;
        loop {
            let may_read = waiting.is_none() && read < READ_BATCH;
            tokio::select! {
                biased;
                message = self.socket.next(), if may_read => {
                    read += 1;
                    match message {
                        Some(Ok(Message::Text(text))) => waiting = Some(text.as_str().to_owned()),
                        Some(Ok(Message::Binary(_))) => return End::Close(code::UNSUPPORTED),
                        Some(Ok(Message::Close(_))) => {
                            // The library has the answer ready, and behind that nothing may be written.
                            let _ = timeout(CLOSE_TIMEOUT, self.socket.flush()).await;
                            return End::Gone;
                        }
                        // Pings are answered by the library.
                        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                        Some(Err(tungstenite::Error::Capacity(_))) => return End::Close(code::TOO_LARGE),
                        Some(Err(_)) | None => return End::Gone,
                    }
                }
                permit = self.stream.permit(), if waiting.is_some() => {
                    if let Some(text) = waiting.take() {
                        self.stream.receive(permit, text).await;
                    }
                }
                () = self.stream.ready() => {
                    read = 0;
                    let frames = self.stream.frames().await;
                    if let Some(end) = self.write(frames.frames).await {
                        return end;
                    }
                    if let Some(closing) = frames.closing {
                        return closed_by(closing);
                    }
                }
                _ = beat.tick(), if every.is_some() => {
                    self.stream.tick();
                    if let Some(end) = self.write(vec![Bytes::from_static(b"{}")]).await {
                        return end;
                    }
                }
                () = tokio::task::yield_now(), if read >= READ_BATCH => read = 0,
                () = sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => return End::Close(code::NORMAL),
            }
        }
    }

    /// Writes frames in one go. A peer that does not read holds up this socket alone, and not for ever.
    async fn write(&mut self, frames: Vec<Bytes>) -> Option<End> {
        let limit = self.stream.settings().send_timeout;
        let socket = &mut self.socket;
        let writing = timeout(limit, async move {
            // A pong may wait; what is written below the library's socket must not come into the midst of it.
            socket.flush().await?;
            write_frames(socket.get_mut(), frames, |_| Data::Text).await.map_err(tungstenite::Error::Io)
        });
        let mut writing = std::pin::pin!(writing);
        let written = tokio::select! {
            biased;
            written = &mut writing => written,
            closing = self.stream.ended() => match closing {
                Closing::Cut => return Some(End::Gone),
                _ => writing.await,
            },
        };
        match written {
            Ok(Ok(())) => None,
            Ok(Err(_)) | Err(_) => Some(End::Gone),
        }
    }

    /// Closes with a close frame and waits a little for the peer's.
    async fn close(mut self, end: End) {
        let End::Close(code) = end else { return };
        let frame = CloseFrame { code: code.into(), reason: Utf8Bytes::default() };
        // The connection waits for its client from here on, not from the end of the farewell.
        drop(self.stream);
        let _ = timeout(CLOSE_TIMEOUT, async {
            if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
                while let Some(Ok(_)) = self.socket.next().await {}
            }
        })
        .await;
    }
}

fn closed_by(closing: Closing) -> End {
    match closing {
        Closing::Cut => End::Gone,
        Closing::Failed => End::Close(code::FAILED),
        _ => End::Close(code::NORMAL),
    }
}
