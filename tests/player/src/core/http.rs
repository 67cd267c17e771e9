//! One request on a connection of its own, its body bytes and its answer as it comes.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::http::{Base, Head, Part, ResponseReader};

/// A request under way. Dropping it breaks it off.
#[derive(Debug)]
pub(super) struct Exchange {
    socket: TcpStream,
    reader: ResponseReader,
    parts: std::collections::VecDeque<Part>,
    has_no_body: bool,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) head: Head,
    pub(super) body: Vec<u8>,
}

impl Exchange {
    /// Sends a request: `GET /path` and what goes with it.
    pub(super) async fn begin(
        base: &Base,
        line: &str,
        headers: &[(String, String)],
        body: Option<&[u8]>,
    ) -> Result<Self, String> {
        let mut head = format!("{line} HTTP/1.1\r\nHost: {}\r\n", base.host);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let is_post = line.starts_with("POST");
        if body.is_some() || is_post {
            head.push_str(&format!("Content-Length: {}\r\n", body.map_or(0, <[u8]>::len)));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body.unwrap_or_default());
        let failed = |error: std::io::Error| format!("{line}: {error}");
        let mut socket = TcpStream::connect(&base.address).await.map_err(failed)?;
        socket.set_nodelay(true).map_err(failed)?;
        // A server may answer, and close, before it has read a long body.
        let _ = socket.write_all(&bytes).await;
        let has_no_body = line.starts_with("HEAD");
        Ok(Self { socket, reader: ResponseReader::default(), parts: Default::default(), has_no_body })
    }

    /// The next part of the answer; none if the connection was closed.
    pub(super) async fn part(&mut self) -> Result<Option<Part>, String> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            if let Some(part) = self.parts.pop_front() {
                return Ok(Some(part));
            }
            match self.socket.read(&mut buffer).await {
                Ok(0) | Err(_) => return Ok(None),
                Ok(read) => self.parts.extend(self.reader.feed(&buffer[..read])?),
            }
        }
    }

    pub(super) async fn head(&mut self) -> Result<Head, String> {
        match self.part().await? {
            Some(Part::Head(head)) => Ok(head),
            _ => Err("the connection was closed without an answer".into()),
        }
    }

    /// The rest of the answer.
    pub(super) async fn body(&mut self) -> Result<Vec<u8>, String> {
        let mut body = Vec::new();
        while !self.has_no_body {
            match self.part().await? {
                Some(Part::Chunk(chunk) | Part::Upgraded(chunk)) => body.extend(chunk),
                Some(Part::End) | None => break,
                Some(Part::Head(_)) => return Err("a second head".into()),
            }
        }
        Ok(body)
    }

    pub(super) async fn answer(mut self) -> Result<Answer, String> {
        Ok(Answer { head: self.head().await?, body: self.body().await? })
    }
}
