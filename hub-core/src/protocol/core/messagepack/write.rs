//! Messages to frames: always the full form, lengths and integers as short as they can be.

use bytes::Bytes;
use rmp::encode;

use super::super::{EncodedArguments, Outgoing};

/// Room for the longest length prefix.
const PREFIX: usize = 5;

/// The complete frame, with its length prefix.
pub(in super::super) fn write(message: &Outgoing<'_>) -> Bytes {
    let mut out = Writer(Vec::with_capacity(64));
    out.0.extend_from_slice(&[0; PREFIX]);
    match *message {
        Outgoing::Invocation { id, target, arguments, stream_ids } => {
            out.head(6, 1);
            match id.filter(|id| !id.is_empty()) {
                Some(id) => out.text(id),
                None => out.nil(),
            }
            out.call(target, arguments, stream_ids);
        }
        Outgoing::StreamInvocation { id, target, arguments, stream_ids } => {
            out.head(6, 4);
            out.text(id);
            out.call(target, arguments, stream_ids);
        }
        Outgoing::StreamItem { id, item } => {
            out.head(4, 2);
            out.text(id);
            out.0.extend_from_slice(item);
        }
        Outgoing::Completion { id, outcome } => {
            out.head(if matches!(outcome, Ok(None)) { 4 } else { 5 }, 3);
            out.text(id);
            match outcome {
                Err(error) => {
                    out.integer(1);
                    out.text(error);
                }
                Ok(None) => out.integer(2),
                Ok(Some(value)) => {
                    out.integer(3);
                    out.0.extend_from_slice(value);
                }
            }
        }
        Outgoing::CancelInvocation { id } => {
            out.head(3, 5);
            out.text(id);
        }
        Outgoing::Ping => {
            out.array(1);
            out.integer(6);
        }
        Outgoing::Close { error, allow_reconnect } => {
            out.array(3);
            out.integer(7);
            match error.filter(|error| !error.is_empty()) {
                Some(error) => out.text(error),
                None => out.nil(),
            }
            out.boolean(allow_reconnect);
        }
        Outgoing::Ack { sequence_id } => {
            out.array(2);
            out.integer(8);
            out.integer(sequence_id);
        }
        Outgoing::Sequence { sequence_id } => {
            out.array(2);
            out.integer(9);
            out.integer(sequence_id);
        }
    }
    out.finish()
}

/// Writing into memory has no way to fail, so what the functions of `rmp` say about it is dropped.
struct Writer(Vec<u8>);

impl Writer {
    /// Array header, type, and no headers.
    fn head(&mut self, elements: u32, kind: u64) {
        self.array(elements);
        self.integer(kind);
        let _ = encode::write_map_len(&mut self.0, 0);
    }

    fn array(&mut self, elements: u32) {
        let _ = encode::write_array_len(&mut self.0, elements);
    }

    fn integer(&mut self, number: u64) {
        let _ = encode::write_uint(&mut self.0, number);
    }

    fn text(&mut self, text: &str) {
        let _ = encode::write_str(&mut self.0, text);
    }

    fn nil(&mut self) {
        let _ = encode::write_nil(&mut self.0);
    }

    fn boolean(&mut self, value: bool) {
        let _ = encode::write_bool(&mut self.0, value);
    }

    fn call(&mut self, target: &str, arguments: &EncodedArguments, stream_ids: &[&str]) {
        self.text(target);
        self.array(u32::try_from(arguments.len()).unwrap_or(u32::MAX));
        self.0.extend_from_slice(arguments.as_bytes());
        self.array(u32::try_from(stream_ids.len()).unwrap_or(u32::MAX));
        for id in stream_ids {
            self.text(id);
        }
    }

    /// Puts the length, seven bits at a time, directly in front of the message.
    fn finish(self) -> Bytes {
        let mut out = self.0;
        let mut left = out.len().saturating_sub(PREFIX);
        let mut prefix = Vec::with_capacity(PREFIX);
        loop {
            let low = u8::try_from(left & 0x7F).unwrap_or_default();
            left >>= 7;
            prefix.push(if left > 0 { low | 0x80 } else { low });
            if left == 0 {
                break;
            }
        }
        let from = PREFIX.saturating_sub(prefix.len());
        if let Some(place) = out.get_mut(from..PREFIX) {
            place.copy_from_slice(&prefix);
        }
        Bytes::from(out).slice(from..)
    }
}
