//! HTTP/1.1 as far as a player needs it: requests as bytes, answers read chunk by chunk as they come.

use std::fmt;

/// Where the server is.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    /// `host:port`, to connect to.
    pub(crate) address: String,
    /// What the `Host` header says.
    pub(crate) host: String,
}

/// The address is not `http://host` or `http://host:port`.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an address such as http://127.0.0.1:9000")]
pub struct BaseUrlError(String);

impl Base {
    pub(crate) fn parse(url: &str) -> Result<Self, BaseUrlError> {
        let wrong = || BaseUrlError(url.to_owned());
        let host = url
            .strip_prefix("http://")
            .ok_or_else(wrong)?
            .trim_end_matches('/');
        if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
            return Err(wrong());
        }
        let has_port = host
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let address = if has_port {
            host.to_owned()
        } else {
            format!("{host}:80")
        };
        Ok(Self {
            address,
            host: host.to_owned(),
        })
    }
}

/// One request, to be sent on a connection of its own.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// The `Sec-WebSocket-Accept` that must answer it, if it asks for a WebSocket.
    pub(crate) accept: Option<String>,
}

impl Request {
    pub(crate) fn get(target: impl Into<String>) -> Self {
        Self {
            method: "GET".into(),
            target: target.into(),
            ..Self::default()
        }
    }

    pub(crate) fn post(target: impl Into<String>, body: String) -> Self {
        Self {
            method: "POST".into(),
            target: target.into(),
            body,
            ..Self::default()
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The bytes to send.
    pub(crate) fn encode(&self, host: &str) -> Vec<u8> {
        let mut text = format!(
            "{} {} HTTP/1.1\r\nHost: {host}\r\n",
            self.method, self.target
        );
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if !self.body.is_empty() || self.method == "POST" {
            text += &format!("Content-Length: {}\r\n", self.body.len());
        }
        text += "\r\n";
        text += &self.body;
        text.into_bytes()
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)?;
        if !self.body.is_empty() {
            write!(f, "  {}", self.body)?;
        }
        Ok(())
    }
}

/// The head of an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) reason: String,
    /// Names in small letters.
    headers: Vec<(String, String)>,
}

impl Head {
    /// The value of a header; the last one if it came twice.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .rev()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        // A header is Latin-1: every byte is a character.
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let mut lines = text.split("\r\n");
        let first = lines.next().unwrap_or_default();
        let mut words = first.splitn(3, ' ');
        let version = words.next().unwrap_or_default();
        let status = words.next().and_then(|word| word.parse().ok());
        let (true, Some(status)) = (version.starts_with("HTTP/1."), status) else {
            return Err(format!("no status line of HTTP/1.1: {first:?}"));
        };
        let mut headers = Vec::new();
        for line in lines {
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| format!("no header: {line:?}"))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(Self {
            status,
            reason: words.next().unwrap_or_default().to_owned(),
            headers,
        })
    }
}

/// What an answer is made of, in the order in which it comes.
#[derive(Debug)]
pub(crate) enum Part {
    Head(Head),
    Chunk(Vec<u8>),
    /// The body is complete.
    End,
    /// What follows the head of a 101 is another protocol's.
    Upgraded(Vec<u8>),
}

/// Reads an answer as it comes.
#[derive(Debug, Default)]
pub(crate) struct ResponseReader {
    buffer: Vec<u8>,
    state: Reading,
}

#[derive(Debug, Default, Clone, Copy)]
enum Reading {
    #[default]
    Head,
    Chunked,
    Length(u64),
    UntilClose,
    Upgraded,
    Done,
}

impl ResponseReader {
    /// The parts that `bytes` complete.
    ///
    /// # Errors
    ///
    /// What is wrong, in words, if this is not HTTP/1.1.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Part>, String> {
        self.buffer.extend_from_slice(bytes);
        let mut parts = Vec::new();
        while let Some(part) = self.next_part()? {
            parts.push(part);
        }
        Ok(parts)
    }

    fn next_part(&mut self) -> Result<Option<Part>, String> {
        match self.state {
            Reading::Head => self.head(),
            Reading::Chunked => self.chunk(),
            Reading::Length(0) => {
                self.state = Reading::Done;
                Ok(Some(Part::End))
            }
            Reading::Length(left) => {
                let size = self
                    .buffer
                    .len()
                    .min(usize::try_from(left).unwrap_or(usize::MAX));
                self.state = Reading::Length(left - size as u64);
                Ok((size > 0).then(|| Part::Chunk(self.buffer.drain(..size).collect())))
            }
            Reading::UntilClose => Ok(
                (!self.buffer.is_empty()).then(|| Part::Chunk(std::mem::take(&mut self.buffer)))
            ),
            Reading::Upgraded => {
                Ok((!self.buffer.is_empty())
                    .then(|| Part::Upgraded(std::mem::take(&mut self.buffer))))
            }
            Reading::Done => Ok(None),
        }
    }

    fn head(&mut self) -> Result<Option<Part>, String> {
        let Some(end) = self
            .buffer
            .windows(4)
            .position(|bytes| bytes == b"\r\n\r\n")
        else {
            return Ok(None);
        };
        let head = Head::parse(&self.buffer[..end])?;
        self.buffer.drain(..end + 4);
        let length = head
            .header("content-length")
            .and_then(|value| value.parse().ok());
        let coding = head
            .header("transfer-encoding")
            .unwrap_or_default()
            .to_ascii_lowercase();
        self.state = match (head.status, length) {
            (101, _) => Reading::Upgraded,
            (204 | 304, _) => Reading::Length(0),
            _ if coding.contains("chunked") => Reading::Chunked,
            (_, Some(length)) => Reading::Length(length),
            (_, None) => Reading::UntilClose,
        };
        Ok(Some(Part::Head(head)))
    }

    fn chunk(&mut self) -> Result<Option<Part>, String> {
        let Some(end) = self.buffer.windows(2).position(|bytes| bytes == b"\r\n") else {
            return Ok(None);
        };
        let line = String::from_utf8_lossy(&self.buffer[..end]);
        let digits = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(digits, 16)
            .map_err(|_| format!("no size of a chunk: {line:?}"))?;
        let (from, to) = (end + 2, end.saturating_add(size).saturating_add(2));
        if self.buffer.len() < to.saturating_add(2) {
            return Ok(None);
        }
        if self.buffer[to..to + 2] != *b"\r\n" {
            return Err("a chunk does not end where its size says".into());
        }
        let data = self.buffer[from..to].to_vec();
        self.buffer.drain(..to + 2);
        if size > 0 {
            return Ok(Some(Part::Chunk(data)));
        }
        self.state = Reading::Done;
        Ok(Some(Part::End))
    }
}

/// Percent-encodes like a browser's `encodeURIComponent`, which is how the clients write their queries.
pub(crate) fn encode_component(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    encoded
}

/// `name=value` pairs joined by `&`, the values percent-encoded.
pub(crate) fn encode_pairs<'a>(pairs: impl IntoIterator<Item = &'a (String, String)>) -> String {
    let encoded: Vec<_> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={}", encode_component(value)))
        .collect();
    encoded.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&str]) -> Vec<String> {
        let mut reader = ResponseReader::default();
        let parts = pieces
            .iter()
            .flat_map(|piece| reader.feed(piece.as_bytes()).expect("valid HTTP"));
        let name = |part: Part| match part {
            Part::Head(head) => format!("head {} {}", head.status, head.reason),
            Part::Chunk(data) => format!("chunk {}", String::from_utf8_lossy(&data)),
            Part::End => "end".to_owned(),
            Part::Upgraded(data) => format!("upgraded {}", String::from_utf8_lossy(&data)),
        };
        parts.map(name).collect()
    }

    #[test]
    fn chunks_are_seen_as_they_were_sent_however_they_arrive() {
        let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n \r\n3;x=y\r\nabc\r\n0\r\n\r\n";
        let expected = ["head 200 OK", "chunk  ", "chunk abc", "end"];
        assert_eq!(read(&[answer]), expected);
        let bytes: Vec<String> = answer.chars().map(String::from).collect();
        assert_eq!(
            read(&bytes.iter().map(String::as_str).collect::<Vec<_>>()),
            expected
        );
    }

    #[test]
    fn a_body_with_a_length_ends_there() {
        assert_eq!(
            read(&["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]),
            ["head 404 Not Found", "end"]
        );
        let pieces = ["HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab", "cd"];
        assert_eq!(read(&pieces), ["head 200 OK", "chunk ab", "chunk c", "end"]);
    }

    #[test]
    fn a_body_without_a_length_has_no_end_of_its_own() {
        assert_eq!(
            read(&["HTTP/1.1 200 OK\r\n\r\nab", "cd"]),
            ["head 200 OK", "chunk ab", "chunk cd"]
        );
    }

    #[test]
    fn what_follows_a_switch_of_protocols_is_left_alone() {
        assert_eq!(
            read(&["HTTP/1.1 101 Switching\r\n\r\n\u{1}x"]),
            ["head 101 Switching", "upgraded \u{1}x"]
        );
    }

    #[test]
    fn what_is_not_http_is_said_so() {
        assert!(
            ResponseReader::default()
                .feed(b"SSH-2.0-OpenSSH\r\n\r\n")
                .is_err()
        );
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n";
        assert!(ResponseReader::default().feed(answer).is_err());
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nab";
        assert!(
            ResponseReader::default()
                .feed(answer)
                .expect("a chunk yet to come")
                .len()
                == 1
        );
    }

    #[test]
    fn an_address_is_a_host_and_perhaps_a_port() {
        assert_eq!(
            Base::parse("http://127.0.0.1:9000/")
                .expect("valid")
                .address,
            "127.0.0.1:9000"
        );
        assert_eq!(
            Base::parse("http://localhost").expect("valid").address,
            "localhost:80"
        );
        assert!(Base::parse("https://localhost").is_err());
        assert!(Base::parse("http://localhost/signalr").is_err());
    }

    #[test]
    fn values_are_encoded_like_a_browser_does() {
        assert_eq!(
            encode_component("d-1,2|a é'()*"),
            "d-1%2C2%7Ca%20%C3%A9'()*"
        );
    }
}
