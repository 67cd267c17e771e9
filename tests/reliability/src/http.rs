//! HTTP/1.1 as bytes: a request is written as it stands, an answer is read whole or piece by piece.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{
        TcpSocket,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// The longest head or chunk that is read: more is a fault of the server.
const MAX_READ: usize = 64 << 20;

/// How a connection to a server is made.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// The server, or a proxy before it.
    pub to: SocketAddr,
    /// The address it comes from, if that matters.
    pub from: Option<IpAddr>,
    /// Bytes of the receive buffer: a small one makes a peer that does not read felt at once.
    pub receive_buffer: Option<u32>,
}

impl From<SocketAddr> for Link {
    fn from(to: SocketAddr) -> Self {
        Self { to, from: None, receive_buffer: None }
    }
}

impl Link {
    /// Connects. Small writes are sent at once, each in a segment of its own.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn connect(&self) -> io::Result<Wire> {
        let socket = TcpSocket::new_v4()?;
        if let Some(size) = self.receive_buffer {
            socket.set_recv_buffer_size(size)?;
        }
        if let Some(from) = self.from {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        let stream = socket.connect(self.to).await?;
        stream.set_nodelay(true)?;
        let (read, write) = stream.into_split();
        Ok(Wire { read: BufReader::with_capacity(2 * 1024, read), write })
    }
}

/// A connection.
#[derive(Debug)]
pub struct Wire {
    /// What comes.
    pub read: BufReader<OwnedReadHalf>,
    /// What goes.
    pub write: OwnedWriteHalf,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Ask {
    /// Any method.
    pub fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// A GET.
    pub fn get(target: impl Into<String>) -> Self {
        Self::new("GET", target)
    }

    /// A POST, as the clients make it: a form without a content type.
    pub fn post(target: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::new("POST", target) }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With these headers.
    #[must_use]
    pub fn headers(mut self, headers: &[(String, String)]) -> Self {
        self.headers.extend_from_slice(headers);
        self
    }

    /// The request line, without its end.
    pub fn line(&self) -> String {
        format!("{} {} HTTP/1.1", self.method, self.target)
    }

    /// The whole request.
    pub fn bytes(&self, host: SocketAddr) -> Vec<u8> {
        let mut out = format!("{}\r\nHost: {host}\r\n", self.line()).into_bytes();
        for (name, value) in &self.headers {
            out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        if self.method == "POST" {
            out.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.body);
        out
    }

    /// Sends it on a connection of its own and reads the head of the answer.
    ///
    /// # Errors
    ///
    /// Those of the network, and an answer that is none.
    pub async fn open(&self, link: impl Into<Link>) -> io::Result<Answer> {
        let link = link.into();
        let mut wire = link.connect().await?;
        wire.write.write_all(&self.bytes(link.to)).await?;
        Answer::read(wire).await
    }

    /// Sends it and reads the whole answer.
    ///
    /// # Errors
    ///
    /// As [`Ask::open`].
    pub async fn send(&self, link: impl Into<Link>) -> io::Result<Response> {
        self.open(link).await?.whole().await.map(|(response, _)| response)
    }
}

/// An answer whose body may still be coming.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    wire: Wire,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Answer {
    /// Reads the head of an answer.
    ///
    /// # Errors
    ///
    /// Those of the network, and a head that is none.
    pub async fn read(mut wire: Wire) -> io::Result<Self> {
        let status = read_line(&mut wire.read).await?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(|| bad("no status"))?;
        let mut headers = Vec::new();
        loop {
            let line = read_line(&mut wire.read).await?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| bad("no header"))?;
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(Self { status, headers, wire })
    }

    /// The next piece of the body, as the server cut it; none at its end.
    ///
    /// # Errors
    ///
    /// Those of the network, and a body that breaks off.
    pub async fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        if find(&self.headers, "transfer-encoding") != Some("chunked") {
            return Ok(None);
        }
        let size = read_line(&mut self.wire.read).await?;
        let size = usize::from_str_radix(size.trim(), 16).map_err(|_| bad("no chunk"))?;
        let mut chunk = exactly(&mut self.wire.read, size.saturating_add(2)).await?;
        chunk.truncate(size);
        Ok((size > 0).then_some(chunk))
    }

    /// Reads the rest. The connection is given back for a further request.
    ///
    /// # Errors
    ///
    /// As [`Answer::chunk`].
    pub async fn whole(mut self) -> io::Result<(Response, Wire)> {
        let body = match find(&self.headers, "content-length").and_then(|length| length.parse().ok()) {
            Some(length) => exactly(&mut self.wire.read, length).await?,
            None => {
                let mut body = Vec::new();
                while let Some(chunk) = self.chunk().await? {
                    body.extend_from_slice(&chunk);
                }
                body
            }
        };
        Ok((Response { status: self.status, headers: self.headers, body }, self.wire))
    }

    /// The connection under it, for what follows an upgrade.
    pub fn into_wire(self) -> Wire {
        self.wire
    }
}

fn find<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

async fn read_line(read: &mut BufReader<OwnedReadHalf>) -> io::Result<String> {
    let mut line = Vec::new();
    read.read_until(b'\n', &mut line).await?;
    if line.pop() != Some(b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    String::from_utf8(line).map_err(|_| bad("a head that is no text"))
}

/// Reads so many bytes. Cancelling it loses the place in the stream.
pub(crate) async fn exactly(read: &mut BufReader<OwnedReadHalf>, length: usize) -> io::Result<Vec<u8>> {
    if length > MAX_READ {
        return Err(bad("an answer without end"));
    }
    let mut bytes = vec![0; length];
    read.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// A text as part of a query.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
