//! HTTP/1.1 as a test wants it: one request on one socket.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::within;

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// The status; 0 if the server closed the socket without an answer.
    pub status: u16,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, its chunks put together.
    pub body: Vec<u8>,
}

impl Reply {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Self::default() };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut reply = Self { status: status.unwrap_or(0), headers, body: bytes[end + 4..].to_vec() };
        if reply.header("transfer-encoding") == Some("chunked") {
            reply.body = put_together(&reply.body);
        }
        reply
    }
}

fn put_together(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = chunks.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&chunks[..end]), 16).unwrap_or(0);
        let from = end + 2;
        let to = (from + size).min(chunks.len());
        body.extend_from_slice(&chunks[from..to]);
        if size == 0 {
            break;
        }
        chunks = chunks.get(to + 2..).unwrap_or_default();
    }
    body
}

/// The text of a request without a body.
pub fn head(method: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: lab.example\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text
}

/// Opens a socket.
pub async fn open(to: SocketAddr) -> TcpStream {
    let socket = within("a socket", TcpStream::connect(to)).await.unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}

/// Reads whatever comes until the server closes; a cut counts as an end.
pub async fn read_to_end(socket: &mut TcpStream) -> Reply {
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        match within("an answer", socket.read(&mut buffer)).await {
            Ok(0) | Err(_) => return Reply::parse(&bytes),
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

/// Reads the head of an answer and as much of its body as came with it.
pub async fn read_head(socket: &mut TcpStream) -> (Reply, Vec<u8>) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return (Reply::parse(&bytes), rest);
        }
        match within("the head of an answer", socket.read(&mut buffer)).await {
            Ok(0) | Err(_) => return (Reply::parse(&bytes), Vec::new()),
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

/// Reads until a text has come, and gives all that came with it.
pub async fn read_until(socket: &mut TcpStream, text: &str) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let came = String::from_utf8_lossy(&bytes);
        if came.contains(text) {
            return came.into_owned();
        }
        match within(text, socket.read(&mut buffer)).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
            _ => panic!("{text} did not come; this did: {came}"),
        }
    }
}

/// Sends bytes and reads the answer. That the server closes before it has read them all is no failure.
pub async fn exchange(to: SocketAddr, bytes: &[u8]) -> Reply {
    let mut socket = open(to).await;
    let _ = within("the request to be sent", socket.write_all(bytes)).await;
    read_to_end(&mut socket).await
}

/// Any request with any body.
pub async fn request(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let length = body.len().to_string();
    let mut headers = headers.to_vec();
    headers.push(("Connection", "close"));
    if method != "GET" {
        headers.push(("Content-Length", &*length));
    }
    let mut request = head(method, path, &headers).into_bytes();
    request.extend_from_slice(body);
    exchange(to, &request).await
}

/// A GET.
pub async fn get(to: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut headers = headers.to_vec();
    headers.push(("Connection", "close"));
    exchange(to, head("GET", path, &headers).as_bytes()).await
}

/// A POST of a form.
pub async fn post(to: SocketAddr, path: &str, headers: &[(&str, &str)], form: &str) -> Reply {
    let length = form.len().to_string();
    let mut headers = headers.to_vec();
    headers.extend([
        ("Connection", "close"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Length", &*length),
    ]);
    let mut request = head("POST", path, &headers).into_bytes();
    request.extend_from_slice(form.as_bytes());
    exchange(to, &request).await
}
