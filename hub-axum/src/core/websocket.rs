//! A WebSocket: one task that reads and writes (section 2.2).

use axum::response::Response;
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use hub_core::core::{Batch, Closing, CoreStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{
    self, Message, Utf8Bytes,
    protocol::{CloseFrame, frame::coding::Data},
};

use crate::websocket::{Upgrade, WebSocket, config, write_frames};

/// The smallest bound of an incoming WebSocket message as a whole (section 10.1).
const MIN_MESSAGE_BYTES: usize = 64 * 1024;
/// Messages read in a row before what they caused is written.
const READ_BATCH: usize = 64;

mod code {
    pub(super) const NORMAL: u16 = 1000;
    pub(super) const GOING_AWAY: u16 = 1001;
    pub(super) const NOT_TEXT: u16 = 1007;
    pub(super) const TOO_LARGE: u16 = 1009;
}

/// The answer to an upgrade; the stream lives on the socket.
pub(super) fn upgrade(upgrade: Upgrade, stream: CoreStream) -> Response {
    let limit = stream.settings().maximum_receive_message_size;
    let limit = limit.map(|limit| limit.saturating_mul(2).max(MIN_MESSAGE_BYTES));
    upgrade.answer(config(limit), |socket| async move {
        let mut connection = Socket { socket, stream };
        let end = connection.run().await;
        connection.close(end).await;
    })
}

struct Socket {
    socket: WebSocket,
    stream: CoreStream,
}

/// How a socket comes to its end.
enum End {
    /// The peer is gone, or does not read; there is nobody to tell.
    Gone,
    /// The peer has closed, and was answered.
    Answered,
    /// We close, with this code.
    Close(u16),
}

impl Socket {
    async fn run(&mut self) -> End {
        let mut may_read = true;
        let mut read = 0;
        loop {
            tokio::select! {
                biased;
                message = self.socket.next(), if may_read && read < READ_BATCH => {
                    read += 1;
                    let bytes = match message {
                        // What travels is a stream of bytes: the kind of a message means nothing.
                        Some(Ok(Message::Text(text))) => Bytes::from(text),
                        Some(Ok(Message::Binary(bytes))) => bytes,
                        // Pings are answered by the library, and so is a close.
                        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                        Some(Ok(Message::Close(_))) => {
                            self.stream.closed_by_peer();
                            return End::Answered;
                        }
                        Some(Err(error)) => return failed(&error),
                        None => return End::Gone,
                    };
                    // What nobody reads any more is passed over: the goodbye is on its way.
                    self.stream.push(bytes);
                    may_read = false;
                }
                () = self.stream.room(), if !may_read => may_read = true,
                () = self.stream.ready() => {
                    read = 0;
                    let batch = self.stream.take();
                    let closing = batch.closing;
                    if let Some(end) = self.write(batch).await {
                        return end;
                    }
                    match closing {
                        None => {}
                        Some(Closing::Cut) => return End::Gone,
                        Some(Closing::Shutdown) => return End::Close(code::GOING_AWAY),
                        Some(_) => return End::Close(code::NORMAL),
                    }
                }
                () = tokio::task::yield_now(), if read >= READ_BATCH => read = 0,
            }
        }
    }

    /// Writes messages in one go. A peer that does not read holds up this socket alone, and not for ever.
    async fn write(&mut self, batch: Batch) -> Option<End> {
        let limit = self.stream.settings().transport_send_timeout;
        let socket = &mut self.socket;
        let writing = timeout(limit, async move {
            // A pong may wait; what is written below the library's socket must not come into the midst of it.
            socket.flush().await?;
            // Raw connections write what they like; what is no text goes as it is.
            let kind = |frame: &Bytes| match batch.binary || std::str::from_utf8(frame).is_err() {
                true => Data::Binary,
                false => Data::Text,
            };
            write_frames(socket.get_mut(), batch.frames, kind).await.map_err(tungstenite::Error::Io)
        });
        let written = tokio::select! {
            biased;
            written = writing => written,
            () = self.stream.live() => return None,
        };
        match written {
            Ok(Ok(())) => None,
            Ok(Err(_)) | Err(_) => Some(End::Gone),
        }
    }

    /// Closes with a close frame and waits a little for the peer's.
    async fn close(mut self, end: End) {
        let limit = self.stream.settings().websocket_close_timeout;
        let code = match end {
            End::Gone => return,
            End::Answered => None,
            End::Close(code) => Some(code),
        };
        // The connection goes on, or ends, from here on and not from the end of the farewell.
        drop(self.stream);
        let _ = timeout(limit, async {
            if let Some(code) = code {
                let frame = CloseFrame { code: code.into(), reason: Utf8Bytes::default() };
                if self.socket.send(Message::Close(Some(frame))).await.is_err() {
                    return;
                }
            }
            // The library answers a close while it is read on.
            while let Some(Ok(_)) = self.socket.next().await {}
        })
        .await;
    }
}

fn failed(error: &tungstenite::Error) -> End {
    match error {
        tungstenite::Error::Capacity(_) => End::Close(code::TOO_LARGE),
        tungstenite::Error::Utf8(_) => End::Close(code::NOT_TEXT),
        _ => End::Gone,
    }
}
