//! WebSocket frames, gathered into as few writes as it takes. The memory for it goes when they are written.

use std::io;

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Data, OpCode},
};

/// What is gathered at most before it is written. A longer one is not copied as a whole.
const GATHER_BYTES: usize = 16 * 1024;
/// The header of a frame that a server sends has at most so many bytes.
const HEADER_BYTES: usize = 10;

/// Writes each payload as a message of its own, of the kind that it is.
///
/// # Cancel safety
///
/// A socket on which it was dropped is good for nothing more: a frame may have been written in part.
pub(crate) async fn write_frames(
    socket: &mut (impl AsyncWrite + Unpin),
    payloads: Vec<Bytes>,
    kind: impl Fn(&Bytes) -> Data,
) -> io::Result<()> {
    let whole: usize = payloads.iter().map(|payload| payload.len().saturating_add(HEADER_BYTES)).sum();
    let mut gathered = Vec::with_capacity(whole.min(GATHER_BYTES + HEADER_BYTES));
    for payload in payloads {
        let header = FrameHeader { opcode: OpCode::Data(kind(&payload)), ..FrameHeader::default() };
        header.format(payload.len() as u64, &mut gathered).map_err(io::Error::other)?;
        let room = GATHER_BYTES.saturating_sub(gathered.len());
        let Some((first, rest)) = payload.split_at_checked(room) else {
            gathered.extend_from_slice(&payload);
            continue;
        };
        gathered.extend_from_slice(first);
        socket.write_all(&gathered).await?;
        gathered.clear();
        if rest.len() > GATHER_BYTES {
            socket.write_all(rest).await?;
        } else {
            gathered.extend_from_slice(rest);
        }
    }
    socket.write_all(&gathered).await?;
    socket.flush().await
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        task::{Context, Poll},
    };

    use futures_util::StreamExt as _;
    use tokio_tungstenite::{
        WebSocketStream,
        tungstenite::{Message, protocol::Role},
    };

    use super::*;

    /// Takes what is written, and counts in how many goes.
    #[derive(Default)]
    struct Written {
        bytes: Vec<u8>,
        writes: usize,
    }

    impl AsyncWrite for Written {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            self.writes += 1;
            self.bytes.extend_from_slice(bytes);
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    async fn write(texts: &[Bytes]) -> Written {
        let mut written = Written::default();
        write_frames(&mut written, texts.to_vec(), |_| Data::Text).await.unwrap();
        written
    }

    #[tokio::test]
    async fn a_peer_reads_what_was_written_whatever_its_length() {
        let edges = [0, 1, 125, 126, 127, GATHER_BYTES - 4, GATHER_BYTES, 65_535, 65_536, 3 * GATHER_BYTES + 1];
        let lengths = edges.into_iter().flat_map(|edge| [edge, 30, edge + 1]);
        let texts: Vec<Bytes> =
            lengths.enumerate().map(|(at, length)| vec![b'a' + at as u8 % 26; length].into()).collect();
        let written = write(&texts).await;
        let mut peer = WebSocketStream::from_raw_socket(
            tokio::io::join(&written.bytes[..], tokio::io::sink()),
            Role::Client,
            None,
        )
        .await;
        for text in texts {
            let Some(Ok(Message::Text(read))) = peer.next().await else { panic!("a text of {}", text.len()) };
            assert!(read.as_bytes() == text, "a text of {}", text.len());
        }
        assert!(!matches!(peer.next().await, Some(Ok(_))), "nothing more");
    }

    #[tokio::test]
    async fn what_fits_is_one_write() {
        let texts = vec![Bytes::from_static(b"0123456789"); 1_000];
        assert_eq!(write(&texts).await.writes, 1);
        assert_eq!(write(&[Bytes::from(vec![b'x'; 1_000_000])]).await.writes, 2);
    }
}
