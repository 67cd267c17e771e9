//! One poll (section 2.4).

use axum::{body::Body, response::Response};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use hub_core::core::CoreStream;

use super::{BYTES, TEXT, plain, typed};

/// Waits for something to say, for the end, or until the time is up.
pub(super) async fn answer(mut stream: CoreStream) -> Response {
    let limit = stream.settings().poll_timeout;
    loop {
        if tokio::time::timeout(limit, stream.ready()).await.is_err() {
            return plain(StatusCode::OK, "");
        }
        let batch = stream.take();
        if !batch.frames.is_empty() {
            return typed(StatusCode::OK, BYTES, Body::from(joined(batch.frames)));
        }
        if batch.closing.is_some() {
            return no_content();
        }
    }
}

fn joined(frames: Vec<Bytes>) -> Bytes {
    if let [only] = &*frames {
        return only.clone();
    }
    let mut body = BytesMut::with_capacity(frames.iter().map(Bytes::len).sum());
    for frame in &frames {
        body.extend_from_slice(frame);
    }
    body.freeze()
}

/// The connection is over, or another poll took the place of this one.
pub(super) fn no_content() -> Response {
    typed(StatusCode::NO_CONTENT, TEXT, Body::empty())
}

/// No answer to a poll is to be kept by anybody.
pub(super) fn forbid_caching(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::EXPIRES, HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"));
}
