//! WebSocket frames from the client's side, raw enough to send what a well-behaved client would not.

use std::io::Cursor;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};

use crate::http::Request;

/// The opcode of a message's further fragments.
pub(crate) const CONTINUATION: u8 = 0;
/// The opcode of a text message.
pub(crate) const TEXT: u8 = 1;
/// The opcode of a binary message.
pub(crate) const BINARY: u8 = 2;
/// The opcode of a ping.
pub(crate) const PING: u8 = 9;
/// The opcode of a close frame.
pub(crate) const CLOSE: u8 = 8;
const PONG: u8 = 10;
/// What a close frame without a code counts as.
const NO_CODE: u16 = 1005;
/// Masks are there to confuse proxies' caches, and here are none: that the bytes differ is all it takes.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Turns a request into one for a WebSocket.
pub(crate) fn ask_for_upgrade(mut request: Request) -> Request {
    let key = generate_key();
    request.accept = Some(derive_accept_key(key.as_bytes()));
    request
        .header("Upgrade", "websocket")
        .header("Connection", "Upgrade")
        .header("Sec-WebSocket-Key", key)
        .header("Sec-WebSocket-Version", "13")
}

/// The bytes of one masked frame.
pub(crate) fn frame(opcode: u8, payload: &[u8], is_final: bool) -> Vec<u8> {
    let opcode = OpCode::from(opcode & 0x0f);
    let header = FrameHeader { is_final, opcode, mask: Some(MASK), ..FrameHeader::default() };
    let mut bytes = Vec::with_capacity(payload.len() + 14);
    Frame::from_payload(header, Bytes::copy_from_slice(payload))
        .format(&mut bytes)
        .expect("writing to a vector does not fail");
    bytes
}

/// The answer to a ping.
pub(crate) fn pong(payload: &[u8]) -> Vec<u8> {
    frame(PONG, payload, true)
}

/// What a server sends on a WebSocket.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A whole message, put together if it came in fragments.
    Message {
        is_binary: bool,
        payload: Vec<u8>,
    },
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close {
        code: u16,
        payload: Vec<u8>,
    },
}

/// Reads a server's frames as they come.
#[derive(Debug, Default)]
pub(crate) struct FrameReader {
    buffer: Vec<u8>,
    /// The message whose fragments are coming in.
    message: Option<(bool, Vec<u8>)>,
}

impl FrameReader {
    /// What `bytes` complete.
    ///
    /// # Errors
    ///
    /// Which rule of RFC 6455 the server broke.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Incoming>, String> {
        self.buffer.extend_from_slice(bytes);
        let mut incoming = Vec::new();
        while let Some((header, payload)) = self.next_frame()? {
            incoming.extend(self.understand(&header, payload)?);
        }
        Ok(incoming)
    }

    fn next_frame(&mut self) -> Result<Option<(FrameHeader, Vec<u8>)>, String> {
        let mut cursor = Cursor::new(&self.buffer);
        let parsed = FrameHeader::parse(&mut cursor).map_err(|error| error.to_string())?;
        let Some((header, length)) = parsed else {
            return Ok(None);
        };
        let start = usize::try_from(cursor.position()).map_err(|error| error.to_string())?;
        let length = usize::try_from(length).map_err(|error| error.to_string())?;
        let end = start.saturating_add(length);
        if self.buffer.len() < end {
            return Ok(None);
        }
        let payload = self.buffer[start..end].to_vec();
        self.buffer.drain(..end);
        Ok(Some((header, payload)))
    }

    fn understand(&mut self, header: &FrameHeader, payload: Vec<u8>) -> Result<Option<Incoming>, String> {
        if header.mask.is_some() {
            return Err("the server masked a frame".into());
        }
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err("the server set a reserved bit that was not agreed upon".into());
        }
        let is_control = matches!(header.opcode, OpCode::Control(_));
        if is_control && (!header.is_final || payload.len() > 125) {
            return Err("the server sent a control frame that is too long or in fragments".into());
        }
        match header.opcode {
            OpCode::Data(Data::Continue) => {
                let (_, message) =
                    self.message.as_mut().ok_or("the server continued a message that it had not begun")?;
                message.extend(payload);
            }
            OpCode::Data(data) => {
                if self.message.is_some() {
                    return Err("the server began a message inside another".into());
                }
                self.message = Some((data == Data::Binary, payload));
            }
            OpCode::Control(Control::Ping) => return Ok(Some(Incoming::Ping(payload))),
            OpCode::Control(Control::Close) => {
                let code = payload.first_chunk().map_or(NO_CODE, |code| u16::from_be_bytes(*code));
                return Ok(Some(Incoming::Close { code, payload }));
            }
            OpCode::Control(_) => return Ok(Some(Incoming::Pong(payload))),
        }
        if !header.is_final {
            return Ok(None);
        }
        match self.message.take() {
            Some((false, payload)) if std::str::from_utf8(&payload).is_err() => {
                Err("the server sent a text that is not UTF-8".into())
            }
            Some((is_binary, payload)) => Ok(Some(Incoming::Message { is_binary, payload })),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(payload: &str) -> Incoming {
        Incoming::Message { is_binary: false, payload: payload.into() }
    }

    #[test]
    fn frames_are_read_byte_by_byte() {
        let mut reader = FrameReader::default();
        let bytes = *b"\x81\x02hi\x89\x01p\x88\x02\x03\xe9";
        let incoming: Vec<_> = bytes.iter().flat_map(|byte| reader.feed(&[*byte]).expect("valid frames")).collect();
        let close = Incoming::Close { code: 1001, payload: b"\x03\xe9".to_vec() };
        assert_eq!(incoming, [text("hi"), Incoming::Ping(b"p".to_vec()), close]);
    }

    #[test]
    fn fragments_are_put_together() {
        let incoming = FrameReader::default().feed(b"\x01\x01a\x89\x00\x80\x01b").expect("valid frames");
        assert_eq!(incoming, [Incoming::Ping(Vec::new()), text("ab")]);
    }

    #[test]
    fn a_close_frame_may_lack_a_code() {
        let incoming = FrameReader::default().feed(b"\x88\x00").expect("valid frame");
        assert_eq!(incoming, [Incoming::Close { code: 1005, payload: Vec::new() }]);
    }

    #[test]
    fn rules_that_a_server_broke_are_named() {
        for bytes in [&b"\x81\x81\0\0\0\0x"[..], b"\xc1\x01x", b"\x80\x01x", b"\x81\x01\xff", b"\x83\x00", b"\x09\x00"]
        {
            FrameReader::default().feed(bytes).expect_err("a broken rule");
        }
    }

    #[test]
    fn what_we_send_is_masked() {
        let bytes = frame(TEXT, b"hi", false);
        assert_eq!(bytes[..2], [0x01, 0x82]);
        assert_eq!([bytes[6] ^ MASK[0], bytes[7] ^ MASK[1]], *b"hi");
        assert_eq!(frame(TEXT, &[0; 70_000], true)[..10], [0x81, 0xff, 0, 0, 0, 0, 0, 1, 0x11, 0x70]);
    }

    #[test]
    fn an_upgrade_knows_its_answer() {
        let request = ask_for_upgrade(Request::get("/"));
        assert_eq!(request.headers.len(), 4);
        assert_eq!(derive_accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert!(request.accept.is_some());
    }
}
