//! Answers, read chunk by chunk as they come.

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
        let found = self.headers.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name));
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
            let (name, value) = line.split_once(':').ok_or_else(|| format!("no header: {line:?}"))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(Self { status, reason: words.next().unwrap_or_default().to_owned(), headers })
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
                let size = self.buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                self.state = Reading::Length(left - size as u64);
                Ok((size > 0).then(|| Part::Chunk(self.buffer.drain(..size).collect())))
            }
            Reading::UntilClose => Ok((!self.buffer.is_empty()).then(|| Part::Chunk(std::mem::take(&mut self.buffer)))),
            Reading::Upgraded => {
                Ok((!self.buffer.is_empty()).then(|| Part::Upgraded(std::mem::take(&mut self.buffer))))
            }
            Reading::Done => Ok(None),
        }
    }

    fn head(&mut self) -> Result<Option<Part>, String> {
        let Some(end) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = Head::parse(&self.buffer[..end])?;
        self.buffer.drain(..end + 4);
        let length = head.header("content-length").and_then(|value| value.parse().ok());
        let coding = head.header("transfer-encoding").unwrap_or_default().to_ascii_lowercase();
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
        let size = usize::from_str_radix(digits, 16).map_err(|_| format!("no size of a chunk: {line:?}"))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&str]) -> Vec<String> {
        let mut reader = ResponseReader::default();
        let parts = pieces.iter().flat_map(|piece| reader.feed(piece.as_bytes()).expect("valid HTTP"));
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
        assert_eq!(read(&bytes.iter().map(String::as_str).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn a_body_with_a_length_ends_there() {
        assert_eq!(read(&["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]), ["head 404 Not Found", "end"]);
        let pieces = ["HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab", "cd"];
        assert_eq!(read(&pieces), ["head 200 OK", "chunk ab", "chunk c", "end"]);
    }

    #[test]
    fn a_body_without_a_length_has_no_end_of_its_own() {
        assert_eq!(read(&["HTTP/1.1 200 OK\r\n\r\nab", "cd"]), ["head 200 OK", "chunk ab", "chunk cd"]);
    }

    #[test]
    fn what_follows_a_switch_of_protocols_is_left_alone() {
        assert_eq!(read(&["HTTP/1.1 101 Switching\r\n\r\n\u{1}x"]), ["head 101 Switching", "upgraded \u{1}x"]);
    }

    #[test]
    fn what_is_not_http_is_said_so() {
        assert!(ResponseReader::default().feed(b"SSH-2.0-OpenSSH\r\n\r\n").is_err());
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n";
        assert!(ResponseReader::default().feed(answer).is_err());
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nab";
        assert!(ResponseReader::default().feed(answer).expect("a chunk yet to come").len() == 1);
    }
}
