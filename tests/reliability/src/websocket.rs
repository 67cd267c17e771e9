//! WebSocket frames as bytes, so that a test decides what a message looks like on the wire.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::http::{Answer, Ask, Link, Response, exactly};

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
}

/// One frame from a client. The mask is all zeros, which is a mask like any other.
pub fn frame(opcode: Opcode, last: bool, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 14);
    out.push(opcode as u8 | if last { 0x80 } else { 0 });
    match payload.len() {
        short @ 0..126 => out.push(0x80 | short as u8),
        middle @ 126..65_536 => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(middle as u16).to_be_bytes());
        }
        long => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
    out
}

/// A text message in fragments of so many bytes.
pub fn fragments(text: &str, size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut pieces = text.as_bytes().chunks(size).peekable();
    let mut opcode = Opcode::Text;
    while let Some(piece) = pieces.next() {
        out.extend_from_slice(&frame(opcode, pieces.peek().is_none(), piece));
        opcode = Opcode::Continuation;
    }
    out
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A text.
    Text(String),
    /// A close frame with this code (1005 if it has none).
    Close(u16),
    /// The end of the connection, without a close frame if none was received before.
    End,
}

/// An open socket: a half that reads and a half that writes.
#[derive(Debug)]
pub struct Socket {
    /// What comes.
    pub reader: Reader,
    /// What goes.
    pub writer: Writer,
}

/// The half that reads.
#[derive(Debug)]
pub struct Reader(BufReader<OwnedReadHalf>);

/// The half that writes.
#[derive(Debug)]
pub struct Writer(OwnedWriteHalf);

/// Asks for an upgrade; what the server said instead is the inner error.
///
/// # Errors
///
/// Those of the network.
pub async fn upgrade(ask: Ask, link: impl Into<Link>) -> io::Result<Result<Socket, Response>> {
    let ask = ask
        .header("Upgrade", "websocket")
        .header("Connection", "Upgrade")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    let answer: Answer = ask.open(link).await?;
    if answer.status != 101 {
        return Ok(Err(answer.whole().await?.0));
    }
    let wire = answer.into_wire();
    Ok(Ok(Socket { reader: Reader(wire.read), writer: Writer(wire.write) }))
}

impl Reader {
    /// The next text, close or end. Pings are passed over: the server sends none.
    ///
    /// # Errors
    ///
    /// Only what cannot be a frame; a lost connection is an end.
    pub async fn next(&mut self) -> io::Result<Received> {
        loop {
            let mut head = [0_u8; 2];
            if self.0.read_exact(&mut head).await.is_err() {
                return Ok(Received::End);
            }
            let length = match head[1] & 0x7f {
                126 => u64::from(self.0.read_u16().await?),
                127 => self.0.read_u64().await?,
                short => u64::from(short),
            };
            let length = usize::try_from(length).map_err(|_| io::Error::other("a frame without end"))?;
            let Ok(payload) = exactly(&mut self.0, length).await else { return Ok(Received::End) };
            match head[0] {
                0x81 => {
                    return String::from_utf8(payload)
                        .map(Received::Text)
                        .map_err(|_| io::Error::other("a text that is none"));
                }
                0x88 => {
                    let code = payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
                    return Ok(Received::Close(code));
                }
                0x89 | 0x8a => {}
                _ => return Err(io::Error::other("a frame that the server never sends")),
            }
        }
    }
}

impl Writer {
    /// Sends a text in one frame.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn text(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(&frame(Opcode::Text, true, text.as_bytes())).await
    }

    /// Writes bytes as they stand.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await
    }

    /// Writes bytes one at a time, each in a segment of its own as far as the network lets it.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn bytes_one_by_one(&mut self, bytes: &[u8]) -> io::Result<()> {
        for byte in bytes {
            self.0.write_all(std::slice::from_ref(byte)).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_into_fragments() {
        let bytes = fragments("abc", 2);
        let first = [&[0x01, 0x82, 0, 0, 0, 0][..], b"ab"].concat();
        let second = [&[0x80, 0x81, 0, 0, 0, 0][..], b"c"].concat();
        assert_eq!(bytes, [first, second].concat());
    }
}
