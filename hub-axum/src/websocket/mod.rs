//! WebSockets as both generations use them: from a request to a socket, and what is written below the library's buffer.

mod gather;
mod upgrade;

pub(crate) use gather::write_frames;
pub(crate) use upgrade::{Upgrade, WebSocket};

use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// What an idle socket keeps for reading; a longer message is read in several goes.
const READ_BUFFER_BYTES: usize = 2 * 1024;
/// Pongs that wait because their peer does not read; further ones take each other's place.
const PONG_BUFFER_BYTES: usize = 512;

/// A socket that takes messages of so many bytes, and keeps little.
pub(crate) fn config(max_incoming_bytes: Option<usize>) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(PONG_BUFFER_BYTES)
        .max_message_size(max_incoming_bytes)
        .max_frame_size(max_incoming_bytes)
}
