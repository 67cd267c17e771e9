//! An event stream (section 2.3).

use std::io;

use axum::{body::Body, response::Response};
use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::stream;
use http::{HeaderValue, StatusCode, header};
use hub_core::core::{Closing, CoreStream};

use super::typed;

enum Events {
    /// Nothing was sent yet.
    New(CoreStream),
    Open(CoreStream),
    /// Its last event was sent.
    Over(Closing),
}

/// The answer that carries the stream. Each event is a chunk of its own.
pub(super) fn respond(stream: CoreStream) -> Response {
    let body = Body::from_stream(stream::unfold(Some(Events::New(stream)), |events| async {
        match events? {
            // The head leaves with the first bytes, which mean nothing.
            Events::New(stream) => Some((Ok(Bytes::from_static(b":\r\n")), Some(Events::Open(stream)))),
            Events::Open(stream) => next(stream).await,
            Events::Over(Closing::Cut) => Some((Err(io::Error::other("the stream was cut")), None)),
            Events::Over(_) => None,
        }
    }));
    let mut response = typed(StatusCode::OK, "text/event-stream", body);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache,no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

async fn next(mut stream: CoreStream) -> Option<(io::Result<Bytes>, Option<Events>)> {
    loop {
        stream.ready().await;
        let batch = stream.take();
        let next = |stream| match batch.closing {
            Some(closing) => Events::Over(closing),
            None => Events::Open(stream),
        };
        if !batch.frames.is_empty() {
            let event = event(&batch.frames);
            return Some((Ok(event), Some(next(stream))));
        }
        match batch.closing {
            Some(Closing::Cut) => return Some((Err(io::Error::other("the stream was cut")), None)),
            Some(_) => return None,
            None => {}
        }
    }
}

/// What a hub writes has no line end in it, but raw connections write what they like: each line has a field of its own.
fn event(frames: &[Bytes]) -> Bytes {
    let length: usize = frames.iter().map(Bytes::len).sum();
    let mut event = BytesMut::with_capacity(length.saturating_add(16));
    event.put_slice(b"data: ");
    let mut last = 0_u8;
    for byte in frames.iter().flatten().copied() {
        match byte {
            // Its line has ended already.
            b'\n' if last == b'\r' => {}
            // Alone it ends a line of an event stream, too: what stood behind it would be no data.
            b'\r' | b'\n' => event.put_slice(b"\r\ndata: "),
            byte => event.put_u8(byte),
        }
        last = byte;
    }
    event.put_slice(b"\r\n\r\n");
    event.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_a_field_of_its_own() {
        let frames = [Bytes::from_static(b"one\r\ntwo\n"), Bytes::from_static(b"three")];
        assert_eq!(event(&frames), &b"data: one\r\ndata: two\r\ndata: three\r\n\r\n"[..]);
    }

    #[test]
    fn an_end_of_line_is_one_however_it_is_written() {
        let frames = ["a\rb", "\r", "\n", "\n", "\r\rc\r"].map(|text| Bytes::from_static(text.as_bytes()));
        let lines = ["a", "b", "", "", "", "c", ""];
        let expected: String = lines.iter().map(|line| format!("data: {line}\r\n")).collect();
        assert_eq!(event(&frames), expected + "\r\n");
    }
}
