//! HTTP/1.1 and WebSocket frames on a TCP stream, with no more memory than they need.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};

/// The headers of a browser, so that a server that keeps them is seen to.
const BROWSER: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/130.0.0.0 Safari/537.36\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\
    Accept-Language: en-US,en;q=0.9\r\nCache-Control: no-cache\r\nPragma: no-cache\r\n\
    Cookie: session=abcdefghijklmnopqrstuvwxyz0123456789\r\n";
const READ_BYTES: usize = 16 * 1024;

/// Where a connection goes, and how.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// The server, or a proxy before it.
    pub to: SocketAddr,
    /// The address that it comes from: one address has ports for only so many connections.
    pub from: Option<IpAddr>,
    /// Bytes of the receive buffer: with a small one a reader that stops is soon felt.
    pub receive_buffer: Option<u32>,
}

impl From<SocketAddr> for Link {
    fn from(to: SocketAddr) -> Self {
        Self { to, from: None, receive_buffer: None }
    }
}

/// A TCP stream and what was read of it ahead of time.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    ahead: Vec<u8>,
    at: usize,
    host: SocketAddr,
}

/// The beginning of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// The length of the body; in chunks if it is not known.
    length: Option<usize>,
}

impl Wire {
    /// Connects.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn connect(link: Link) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if let Some(bytes) = link.receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        if let Some(from) = link.from {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        let stream = socket.connect(link.to).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, ahead: Vec::new(), at: 0, host: link.to })
    }

    /// Writes a request: a POST if there is a body, otherwise a GET.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn request(&mut self, target: &str, more: &str, body: Option<&str>) -> io::Result<()> {
        let method = if body.is_some() { "POST" } else { "GET" };
        let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n{BROWSER}{more}", self.host);
        if let Some(body) = body {
            text.push_str("Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n");
            text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        } else {
            text.push_str("\r\n");
        }
        self.stream.write_all(text.as_bytes()).await
    }

    /// Asks for a WebSocket.
    ///
    /// # Errors
    ///
    /// Those of the network, and a refusal.
    pub async fn upgrade(&mut self, target: &str) -> io::Result<()> {
        let headers = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
            Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
        self.request(target, headers, None).await?;
        match self.head().await?.status {
            101 => Ok(()),
            status => Err(io::Error::other(format!("the upgrade was answered with {status}"))),
        }
    }

    /// Reads the beginning of an answer.
    ///
    /// # Errors
    ///
    /// Those of the network, and an answer that is none.
    pub async fn head(&mut self) -> io::Result<Head> {
        let first = self.line().await?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut head = Head { status: status.ok_or_else(|| malformed("no status"))?, length: None };
        loop {
            let line = self.line().await?.to_ascii_lowercase();
            if line.is_empty() {
                return Ok(head);
            }
            if let Some(length) = line.strip_prefix("content-length:") {
                head.length = Some(length.trim().parse().map_err(|_| malformed("a length that is none"))?);
            }
        }
    }

    /// Reads the rest of an answer.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn body(&mut self, head: Head) -> io::Result<Vec<u8>> {
        if let Some(length) = head.length {
            return self.take(length).await;
        }
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Reads a chunk of a body whose length is not known; `None` at its end.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let line = self.line().await?;
        let length = usize::from_str_radix(line.trim(), 16).map_err(|_| malformed("a chunk without a length"))?;
        let chunk = self.take(length).await?;
        self.line().await?;
        Ok((length > 0).then_some(chunk))
    }

    /// Asks and reads the whole answer.
    ///
    /// # Errors
    ///
    /// Those of the network, and an answer other than 200.
    pub async fn ask(&mut self, target: &str, body: Option<&str>) -> io::Result<Vec<u8>> {
        self.request(target, "", body).await?;
        let head = self.head().await?;
        let answer = self.body(head).await?;
        match head.status {
            200 => Ok(answer),
            status => Err(io::Error::other(format!("{status}: {}", String::from_utf8_lossy(&answer)))),
        }
    }

    /// Reads the next text of a WebSocket.
    ///
    /// # Errors
    ///
    /// Those of the network, and a close frame.
    pub async fn text(&mut self) -> io::Result<Vec<u8>> {
        loop {
            let start = self.take(2).await?;
            let length = match start[1] {
                126 => self.take(2).await?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
                127 => self.take(8).await?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
                length => usize::from(length),
            };
            let payload = self.take(length).await?;
            match start[0] {
                0x81 => return Ok(payload),
                0x88 => return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "closed")),
                0x89 | 0x8a => {}
                other => return Err(malformed(&format!("a frame that begins with {other:#x}"))),
            }
        }
    }

    /// Writes a text to a WebSocket. The mask is all zeros: it changes nothing, and a server does not care.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn write_text(&mut self, text: &str) -> io::Result<()> {
        let mut frame = vec![0x81];
        match u16::try_from(text.len()) {
            Ok(length @ 0..=125) => frame.push(0x80 | length as u8),
            Ok(length) => {
                frame.push(0x80 | 126);
                frame.extend_from_slice(&length.to_be_bytes());
            }
            Err(_) => return Err(malformed("a text of more than 64 KiB")),
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(text.as_bytes());
        self.stream.write_all(&frame).await
    }

    async fn line(&mut self) -> io::Result<String> {
        loop {
            let rest = &self.ahead[self.at..];
            if let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
                let line = String::from_utf8_lossy(&rest[..end]).into_owned();
                self.at += end + 2;
                return Ok(line);
            }
            self.fill().await?;
        }
    }

    async fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.ahead.len() - self.at < length {
            self.fill().await?;
        }
        let taken = self.ahead[self.at..self.at + length].to_vec();
        self.at += length;
        Ok(taken)
    }

    /// Reads more. What was taken goes first, and with it the memory of a reader that has caught up.
    async fn fill(&mut self) -> io::Result<()> {
        if self.at == self.ahead.len() {
            self.ahead = Vec::new();
            self.at = 0;
            self.stream.readable().await?;
        } else if self.at > READ_BYTES {
            self.ahead.drain(..self.at);
            self.at = 0;
        }
        self.ahead.reserve(READ_BYTES);
        match self.stream.read_buf(&mut self.ahead).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
