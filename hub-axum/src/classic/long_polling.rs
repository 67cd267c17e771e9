//! A poll: blanks while it waits, one answer, and the end (section 2.6).

use std::{convert::Infallible, pin::pin};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use hub_core::classic::ClassicStream;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};

struct Poll {
    stream: ClassicStream,
    keep_alive: Option<Interval>,
    until: Instant,
}

/// The body of the answer: its head goes out at once, a blank is the keep-alive, and the response is a chunk of its own.
pub(super) fn body(stream: ClassicStream) -> Body {
    let keep_alive = stream.settings().keep_alive.map(|every| {
        let mut interval = interval_at(Instant::now() + every, every);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        interval
    });
    let until = Instant::now() + stream.settings().connection_timeout;
    Body::from_stream(stream::unfold(Some(Poll { stream, keep_alive, until }), |poll| async {
        let mut poll = poll?;
        let chunk = poll.next().await;
        let going_on = chunk == Bytes::from_static(b" ");
        Some((Ok::<_, Infallible>(chunk), going_on.then_some(poll)))
    }))
}

impl Poll {
    /// The next chunk.
    async fn next(&mut self) -> Bytes {
        loop {
            let beat = async {
                match &mut self.keep_alive {
                    Some(interval) => {
                        interval.tick().await;
                    }
                    None => std::future::pending().await,
                }
            };
            let waited = {
                let beat = pin!(beat);
                tokio::select! {
                    biased;
                    () = self.stream.ready() => Waited::Ready,
                    () = beat => Waited::Beat,
                    () = sleep_until(self.until) => Waited::TimeUp,
                }
            };
            match waited {
                Waited::Ready => {
                    if let Some(response) = self.stream.response().await {
                        return response;
                    }
                }
                Waited::Beat => return Bytes::from_static(b" "),
                Waited::TimeUp => return self.stream.timed_out(),
            }
        }
    }
}

enum Waited {
    Ready,
    Beat,
    TimeUp,
}
