//! How each transport carries what a server sends.
//!
//! - [`long_polling`]: the body of an answer; blanks keep it alive
//! - [`server_sent_events`]: events with an empty line behind each
//! - [`forever_frame`]: a page that never ends, compared as a whole
//!
//! A WebSocket needs no decoder: each message is one arrival.

mod forever_frame;
mod long_polling;
mod server_sent_events;

use std::fmt;

use self::forever_frame::ForeverFrame;
use self::long_polling::LongPolling;
use self::server_sent_events::ServerSentEvents;

/// What came on a stream: a response, a reply or a keep-alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) text: String,
    /// With what the transport put around it.
    pub(crate) raw: String,
    /// It says only that the server is there.
    pub(crate) is_keep_alive: bool,
}

impl Arrival {
    /// A text; the empty object is a keep-alive on every transport.
    pub(crate) fn new(text: impl Into<String>, raw: impl Into<String>) -> Self {
        let (text, raw) = (text.into(), raw.into());
        let is_keep_alive = text == "{}";
        Self { text, raw, is_keep_alive }
    }
}

/// Finds arrivals in the body of an answer.
pub(crate) trait Decoder: Send + fmt::Debug {
    /// What a chunk completes.
    fn chunk(&mut self, data: &[u8]) -> Vec<Arrival>;

    /// What the end of a complete body completes.
    fn end(&mut self) -> Vec<Arrival>;
}

/// The decoder of a transport; names are in small letters, and an unknown one reads like server-sent events.
pub(crate) fn decoder(transport: &str) -> Box<dyn Decoder> {
    match transport {
        "longpolling" => Box::new(LongPolling::default()),
        "foreverframe" => Box::new(ForeverFrame),
        _ => Box::new(ServerSentEvents::default()),
    }
}
