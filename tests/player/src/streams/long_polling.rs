//! Long polling: the body is one response; a chunk of one blank before it is a keep-alive.

use super::{Arrival, Decoder};

/// Collects the body.
#[derive(Debug, Default)]
pub(super) struct LongPolling {
    body: Vec<u8>,
}

impl Decoder for LongPolling {
    fn chunk(&mut self, data: &[u8]) -> Vec<Arrival> {
        self.body.extend_from_slice(data);
        if data == b" " {
            return vec![Arrival { is_keep_alive: true, ..Arrival::new(" ", " ") }];
        }
        Vec::new()
    }

    fn end(&mut self) -> Vec<Arrival> {
        let body = String::from_utf8_lossy(&self.body);
        let text = body.trim();
        if text.is_empty() {
            return Vec::new();
        }
        vec![Arrival::new(text, text)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_keep_it_alive_and_the_rest_is_the_response() {
        let mut decoder = LongPolling::default();
        assert!(decoder.chunk(b" ").iter().all(|arrival| arrival.is_keep_alive));
        assert!(decoder.chunk(b"{\"C\":").is_empty());
        assert!(decoder.chunk(b"1}").is_empty());
        assert_eq!(decoder.end(), [Arrival::new("{\"C\":1}", "{\"C\":1}")]);
    }

    #[test]
    fn an_empty_body_is_no_response() {
        let mut decoder = LongPolling::default();
        assert_eq!(decoder.chunk(b"  "), []);
        assert_eq!(decoder.end(), []);
    }
}
