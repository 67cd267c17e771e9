//! The transports, and sets of them.

/// How a connection is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Transport {
    WebSockets,
    ServerSentEvents,
    LongPolling,
}

impl Transport {
    /// In the order in which clients are to try them.
    pub const ALL: [Self; 3] = [Self::WebSockets, Self::ServerSentEvents, Self::LongPolling];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::WebSockets => "WebSockets",
            Self::ServerSentEvents => "ServerSentEvents",
            Self::LongPolling => "LongPolling",
        }
    }

    /// Whether it carries binary messages.
    pub fn is_binary(self) -> bool {
        self != Self::ServerSentEvents
    }
}

/// A set of transports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transports(u8);

impl Transports {
    /// None; to be added to.
    pub const NONE: Self = Self(0);
    /// All.
    pub const ALL: Self = Self(7);

    /// The same and this one.
    #[must_use]
    pub const fn with(self, transport: Transport) -> Self {
        Self(self.0 | 1 << transport as u8)
    }

    /// Whether this one is in it.
    pub const fn contains(self, transport: Transport) -> bool {
        self.0 & 1 << transport as u8 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let set = Transports::NONE.with(Transport::LongPolling);
        assert!(set.contains(Transport::LongPolling) && !set.contains(Transport::WebSockets));
        assert!(Transport::ALL.into_iter().all(|transport| Transports::ALL.contains(transport)));
    }
}
