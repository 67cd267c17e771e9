//! A WebSocket of which a test makes the frames.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

use crate::{
    http::{self, Reply},
    within,
};

/// What comes from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// A close frame with its code.
    Close(Option<u16>),
    /// The socket was closed without a close frame.
    Gone,
}

/// The opcode of a text.
pub const TEXT: u8 = 1;
/// The opcode of bytes.
pub const BINARY: u8 = 2;
/// The opcode of a ping.
pub const PING: u8 = 9;
/// The opcode of what continues a message.
pub const CONTINUATION: u8 = 0;
const MASK: [u8; 4] = [0x5A, 0x0F, 0xC3, 0x99];

/// One masked frame.
pub fn frame(opcode: u8, last: bool, payload: &[u8]) -> Vec<u8> {
    let mut bytes = frame_head(opcode, last, payload.len() as u64);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// The head of a frame that claims a length.
pub fn frame_head(opcode: u8, last: bool, length: u64) -> Vec<u8> {
    let mut bytes = vec![opcode | if last { 0x80 } else { 0 }];
    match length {
        0..126 => bytes.push(0x80 | length as u8),
        126..=0xFFFF => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes
}

/// A text in frames of one byte each.
pub fn in_fragments(text: &str) -> Vec<u8> {
    message_in_fragments(TEXT, text.as_bytes())
}

/// A message in frames of one byte each.
pub fn message_in_fragments(opcode: u8, message: &[u8]) -> Vec<u8> {
    let count = message.len();
    message
        .iter()
        .enumerate()
        .flat_map(|(at, byte)| frame(if at == 0 { opcode } else { CONTINUATION }, at + 1 == count, &[*byte]))
        .collect()
}

/// An open WebSocket.
#[derive(Debug)]
pub struct WebSocket {
    socket: BufReader<TcpStream>,
}

impl WebSocket {
    /// Asks for an upgrade. Anything but 101 is given back.
    pub async fn connect(to: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Result<Self, Reply> {
        let mut socket = http::open(to).await;
        let mut headers = headers.to_vec();
        headers.extend([
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ]);
        socket.write_all(http::head("GET", path, &headers).as_bytes()).await.unwrap();
        let mut head = Vec::new();
        // Byte by byte, so that no frame behind the head is lost.
        while !head.ends_with(b"\r\n\r\n") {
            match within("the answer to an upgrade", socket.read_u8()).await {
                Ok(byte) => head.push(byte),
                Err(_) => break,
            }
        }
        let mut reply = Reply::parse(&head);
        if reply.status == 101 {
            return Ok(Self { socket: BufReader::new(socket) });
        }
        let length = reply.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        reply.body = vec![0; length];
        within("the body of a refusal", socket.read_exact(&mut reply.body)).await.unwrap();
        Err(reply)
    }

    /// The socket itself, behind what was read.
    pub fn into_stream(self) -> BufReader<TcpStream> {
        self.socket
    }

    /// Writes bytes as they are. That the server has closed is for the reader to find out.
    pub async fn write(&mut self, bytes: &[u8]) {
        let _ = within("bytes to be sent", self.socket.get_mut().write_all(bytes)).await;
    }

    /// Sends a text in one frame.
    pub async fn send(&mut self, text: &str) {
        self.write(&frame(TEXT, true, text.as_bytes())).await;
    }

    /// The next message or end. Messages of the server come in one frame each; keep-alives are not shown.
    pub async fn receive(&mut self) -> Frame {
        loop {
            match within("a frame", self.read()).await {
                Some((TEXT, payload)) if payload == b"{}" => {}
                Some((TEXT, payload)) => return Frame::Text(String::from_utf8(payload).unwrap()),
                Some((BINARY, payload)) => return Frame::Binary(payload),
                Some((8, payload)) => {
                    let code = payload.first_chunk::<2>().map(|code| u16::from_be_bytes(*code));
                    return Frame::Close(code);
                }
                Some(_) => {}
                None => return Frame::Gone,
            }
        }
    }

    async fn read(&mut self) -> Option<(u8, Vec<u8>)> {
        let opcode = self.socket.read_u8().await.ok()? & 0x0F;
        let length = match self.socket.read_u8().await.ok()? & 0x7F {
            126 => u64::from(self.socket.read_u16().await.ok()?),
            127 => self.socket.read_u64().await.ok()?,
            length => u64::from(length),
        };
        let mut payload = vec![0; usize::try_from(length).ok()?];
        self.socket.read_exact(&mut payload).await.ok()?;
        Some((opcode, payload))
    }
}
