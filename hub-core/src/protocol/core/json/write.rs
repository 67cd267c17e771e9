//! Messages to frames: compact, members in the fixed order.

use std::io::Write as _;

use bytes::Bytes;

use super::super::{EncodedArguments, Outgoing, RECORD_SEPARATOR};
use crate::protocol::escape_line_ends;

/// The complete frame, with its separator.
pub(in super::super) fn write(message: &Outgoing<'_>) -> Bytes {
    let mut out = Vec::with_capacity(64);
    match *message {
        Outgoing::Invocation { id, target, arguments, stream_ids } => {
            out.extend_from_slice(b"{\"type\":1");
            if let Some(id) = id.filter(|id| !id.is_empty()) {
                write_id(id, &mut out);
            }
            write_call(target, arguments, stream_ids, &mut out);
        }
        Outgoing::StreamInvocation { id, target, arguments, stream_ids } => {
            out.extend_from_slice(b"{\"type\":4");
            write_id(id, &mut out);
            write_call(target, arguments, stream_ids, &mut out);
        }
        Outgoing::StreamItem { id, item } => {
            out.extend_from_slice(b"{\"type\":2");
            write_id(id, &mut out);
            out.extend_from_slice(b",\"item\":");
            out.extend_from_slice(item);
        }
        Outgoing::Completion { id, outcome } => {
            out.extend_from_slice(b"{\"type\":3");
            write_id(id, &mut out);
            match outcome {
                Ok(None) => {}
                Ok(Some(value)) => {
                    out.extend_from_slice(b",\"result\":");
                    out.extend_from_slice(value);
                }
                Err(error) => {
                    out.extend_from_slice(b",\"error\":");
                    write_text(error, &mut out);
                }
            }
        }
        Outgoing::CancelInvocation { id } => {
            out.extend_from_slice(b"{\"type\":5");
            write_id(id, &mut out);
        }
        Outgoing::Ping => out.extend_from_slice(b"{\"type\":6"),
        Outgoing::Close { error, allow_reconnect } => {
            out.extend_from_slice(b"{\"type\":7");
            if let Some(error) = error {
                out.extend_from_slice(b",\"error\":");
                write_text(error, &mut out);
            }
            if allow_reconnect {
                out.extend_from_slice(b",\"allowReconnect\":true");
            }
        }
        // Writing into memory has no way to fail.
        Outgoing::Ack { sequence_id } => drop(write!(out, "{{\"type\":8,\"sequenceId\":{sequence_id}")),
        Outgoing::Sequence { sequence_id } => drop(write!(out, "{{\"type\":9,\"sequenceId\":{sequence_id}")),
    }
    out.push(b'}');
    out.push(RECORD_SEPARATOR);
    escape_line_ends(out).into()
}

fn write_id(id: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"invocationId\":");
    write_text(id, out);
}

fn write_call(target: &str, arguments: &EncodedArguments, stream_ids: &[&str], out: &mut Vec<u8>) {
    out.reserve(arguments.as_bytes().len().saturating_add(64));
    out.extend_from_slice(b",\"target\":");
    write_text(target, out);
    out.extend_from_slice(b",\"arguments\":[");
    out.extend_from_slice(arguments.as_bytes());
    out.push(b']');
    if !stream_ids.is_empty() {
        out.extend_from_slice(b",\"streamIds\":[");
        for (at, id) in stream_ids.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            write_text(id, out);
        }
        out.push(b']');
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    if serde_json::to_writer(&mut *out, text).is_err() {
        // Writing a text into memory has no way to fail.
        out.extend_from_slice(b"\"\"");
    }
}
