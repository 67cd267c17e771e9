//! Server-sent events: an empty line ends each event.

use super::{Arrival, Decoder};

/// Cuts the stream into events.
#[derive(Debug, Default)]
pub(super) struct ServerSentEvents {
    pending: Vec<u8>,
}

impl Decoder for ServerSentEvents {
    fn chunk(&mut self, data: &[u8]) -> Vec<Arrival> {
        self.pending.extend_from_slice(data);
        let mut arrivals = Vec::new();
        while let Some((end, next)) = empty_line(&self.pending) {
            let raw = String::from_utf8_lossy(&self.pending[..end]).into_owned();
            self.pending.drain(..next);
            let text = raw.strip_prefix("data:").map_or(raw.as_str(), |data| data.strip_prefix(' ').unwrap_or(data));
            arrivals.push(Arrival::new(text, raw.as_str()));
        }
        arrivals
    }

    fn end(&mut self) -> Vec<Arrival> {
        Vec::new()
    }
}

/// Where the first event ends, and where the next one begins.
fn empty_line(bytes: &[u8]) -> Option<(usize, usize)> {
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        let next = match &bytes[at + 1..] {
            [b'\n', ..] => at + 2,
            [b'\r', b'\n', ..] => at + 3,
            _ => continue,
        };
        let end = if bytes[..at].ends_with(b"\r") { at - 1 } else { at };
        return Some((end, next));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(chunks: &[&[u8]]) -> Vec<Arrival> {
        let mut decoder = ServerSentEvents::default();
        chunks.iter().flat_map(|chunk| decoder.chunk(chunk)).collect()
    }

    #[test]
    fn events_are_found_whatever_the_chunks_and_line_ends() {
        let stream = "data: initialized\r\n\r\ndata:{\"é\":1}\n\ndata: {}\n\r\ndata: half\n".as_bytes();
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        for chunks in [&[stream][..], &bytes] {
            let found = events(chunks);
            let texts: Vec<_> = found.iter().map(|event| event.text.as_str()).collect();
            assert_eq!(texts, ["initialized", "{\"é\":1}", "{}"]);
            assert_eq!(found[0].raw, "data: initialized");
        }
    }

    #[test]
    fn what_is_no_data_stays_as_it_is() {
        assert_eq!(events(&[b": comment\n\n"])[0].text, ": comment");
    }
}
