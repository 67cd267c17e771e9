//! An event stream (section 2.4).

use std::{collections::VecDeque, io};

use axum::{body::Body, response::Response};
use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::stream;
use http::{HeaderValue, header};
use hub_core::classic::{ClassicStream, Closing};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};

struct Events {
    stream: ClassicStream,
    pending: VecDeque<Bytes>,
    keep_alive: Option<Interval>,
    /// When it ends by itself, if there is no keep-alive to notice a lost client.
    until: Option<Instant>,
    closing: Option<Closing>,
}

/// The answer that carries the stream. Each event is a chunk of its own, in one piece.
pub(super) fn respond(stream: ClassicStream) -> Response {
    let settings = stream.settings();
    let keep_alive = settings.keep_alive.map(|every| {
        let mut interval = interval_at(Instant::now() + every, every);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        interval
    });
    let until = keep_alive.is_none().then(|| Instant::now() + settings.connection_timeout);
    let pending = VecDeque::from([Bytes::from_static(b"data: initialized\n\n")]);
    let events = Events { stream, pending, keep_alive, until, closing: None };
    let body = Body::from_stream(stream::unfold(Some(events), |events| async {
        let mut events = events?;
        let event = events.next().await?;
        let going_on = event.is_ok();
        Some((event, going_on.then_some(events)))
    }));
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    // Without a charset one of the clients takes the stream for Latin-1.
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

impl Events {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(Ok(event));
            }
            match self.closing {
                Some(Closing::Normal | Closing::Shutdown) => return None,
                Some(_) => return Some(Err(io::Error::other("the stream was cut"))),
                None => {}
            }
            let beat = async {
                match &mut self.keep_alive {
                    Some(interval) => {
                        interval.tick().await;
                    }
                    None => std::future::pending().await,
                }
            };
            let time_up = async {
                match self.until {
                    Some(until) => sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = self.stream.ready() => {
                    let frames = self.stream.frames().await;
                    self.pending.extend(frames.frames.iter().map(event));
                    self.closing = frames.closing;
                }
                () = beat => {
                    self.stream.tick();
                    return Some(Ok(Bytes::from_static(b"data: {}\n\n")));
                }
                () = time_up => return None,
            }
        }
    }
}

fn event(frame: &Bytes) -> Bytes {
    let mut event = BytesMut::with_capacity(frame.len() + 8);
    event.put_slice(b"data: ");
    event.put_slice(frame);
    event.put_slice(b"\n\n");
    event.freeze()
}
