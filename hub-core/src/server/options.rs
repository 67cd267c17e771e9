//! Every limit and time of a server, with its default.

use std::time::Duration;

/// What happens to a connection that does not take what is sent to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SlowClientPolicy {
    /// The transport and the connection end; the disconnected event says why.
    #[default]
    Disconnect,
    /// The oldest messages that are not yet written go, and are counted.
    DropOldest,
    /// Code that awaits a send to this one connection waits for room. Sends to more never wait: they may go to twice the
    /// bound, and then the oldest messages go.
    Wait,
}

/// The bound of one connection's outbox.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutboxLimits {
    pub messages: usize,
    pub bytes: usize,
    pub policy: SlowClientPolicy,
}

macro_rules! options {
    ($($(#[$docs:meta])* $name:ident: $type:ty = $default:expr;)*) => {
        /// Times, limits and switches to be set: on the builder for everything, on a hub, or on a mount. What a mount sets goes
        /// before what a hub sets, and that before the builder; what nobody sets has its default.
        ///
        /// ```
        /// use std::time::Duration;
        /// use hub_core::Options;
        ///
        /// let options = Options::default().keep_alive(Some(Duration::from_secs(5))).detailed_errors(true);
        /// ```
        #[derive(Debug, Clone, Default)]
        #[non_exhaustive]
        pub struct Options {
            $($name: Option<$type>,)*
        }

        impl Options {
            $(
                $(#[$docs])*
                #[must_use]
                pub fn $name(mut self, $name: $type) -> Self {
                    self.$name = Some($name);
                    self
                }
            )*
        }

        /// What holds in one place, all layers of [`Options`] taken together.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub struct Settings {
            $($(#[$docs])* pub $name: $type,)*
        }

        impl Settings {
            /// Takes layers together, the nearest first.
            pub(crate) fn of(layers: &[&Options]) -> Self {
                Self { $($name: layers.iter().find_map(|layer| layer.$name.clone()).unwrap_or_else(|| $default),)* }
            }
        }
    };
}

options! {
    /// How long a poll waits with nothing to say, and other streams live when keep-alive is off. Default 110 s.
    connection_timeout: Duration = Duration::from_secs(110);
    /// How long a connection waits for its client to come back. At least 6 s. Default 30 s.
    disconnect_timeout: Duration = Duration::from_secs(30);
    /// How often a stream says that it is alive; `None` for never. From 2 s to a third of the disconnect timeout. Default 10 s.
    keep_alive: Option<Duration> = Some(Duration::from_secs(10));
    /// What clients are told to allow a transport for its start. Default 5 s.
    transport_connect_timeout: Duration = Duration::from_secs(5);
    /// What clients are told to pause between polls. Default 0.
    long_poll_delay: Duration = Duration::ZERO;
    /// Whether WebSockets are offered. Default yes.
    websockets: bool = true;
    /// Whether `/hubs` and `/js` give a script. Default yes.
    javascript_proxies: bool = true;
    /// Whether clients are told the text of errors that are not meant for them. For development alone. Also set on a
    /// hub. Default no.
    detailed_errors: bool = false;
    /// Bytes of one message that a WebSocket takes; a larger one closes it with 1009. Default 65,536.
    max_incoming_bytes: usize = 65_536;
    /// Bytes of the body of a POST, which is a form and may be three times as long as what it says. Default 65,536.
    max_post_bytes: usize = 65_536;
    /// How long the body of a POST may take to arrive; then it is answered 408. Default 30 s.
    body_timeout: Duration = Duration::from_secs(30);
    /// Hubs that a connection may list. Default 32.
    max_hubs: usize = 32;
    /// Connections of one server, those waiting for their clients included; a further one is refused with 503. Set on the
    /// builder. Default 100,000.
    max_connections: usize = 100_000;
    /// Groups that a connection may be in. Set on the builder. Default 1,024.
    max_groups: usize = 1_024;
    /// Calls of one connection that run at the same time; further ones wait unread. Default 100.
    max_calls: usize = 100;
    /// Messages that wait to be written to one connection. Default 1,000.
    outbox_messages: usize = 1_000;
    /// Bytes that wait to be written to one connection. Default 4 MiB.
    outbox_bytes: usize = 4 << 20;
    /// Bytes that wait to be written to all connections together. Set on the builder. Default 1 GiB.
    process_outbox_bytes: usize = 1 << 30;
    /// What happens when one of these is passed. Default [`SlowClientPolicy::Disconnect`].
    slow_clients: SlowClientPolicy = SlowClientPolicy::Disconnect;
    /// Bytes of messages kept for clients that come back. Set on the builder. Default 64 MiB.
    log_bytes: usize = 64 << 20;
    /// How long one write to a network may take before its transport counts as lost. Default 30 s.
    send_timeout: Duration = Duration::from_secs(30);
    /// How long the rejoining stage of a hub may take; no answer is "no groups". Also set on a hub. Default 5 s.
    rejoin_timeout: Duration = Duration::from_secs(5);
    /// How long a call of a hub method may take, and how long a hub may think about whether a client may connect; `None` for
    /// as long as it likes. Also set on a hub. Default `None`.
    call_timeout: Option<Duration> = None;
    /// How long a groups token is good, beside the disconnect timeout. Set on the builder. Default 10 min.
    token_life: Duration = Duration::from_secs(600);
    /// Origins, beside the server's own, whose pages may connect: `https://app.example`, `https://*.app.example`, with
    /// the port where it is not the scheme's own. Default none.
    allowed_origins: Vec<String> = Vec::new();
}

impl Settings {
    /// What a client without any byte for so long takes for a lost transport: twice the keep-alive.
    pub fn keep_alive_timeout(&self) -> Option<Duration> {
        self.keep_alive.map(|every| every.saturating_mul(2))
    }

    pub(crate) fn outbox(&self) -> OutboxLimits {
        OutboxLimits {
            messages: self.outbox_messages.max(1),
            bytes: self.outbox_bytes.max(1),
            policy: self.slow_clients,
        }
    }

    /// How long an entry of the log can be of use to a client that comes back.
    pub(crate) fn log_age(&self) -> Duration {
        self.disconnect_timeout.saturating_add(self.keep_alive_timeout().unwrap_or_default())
    }

    /// How long a lost stream's connection waits. The client gives up one disconnect timeout after it noticed the loss, and it
    /// notices later than the server does.
    pub(crate) fn grace(&self, long_polling: bool) -> Duration {
        if long_polling {
            return self.disconnect_timeout.saturating_add(self.long_poll_delay);
        }
        let beat = self.keep_alive.map_or(self.disconnect_timeout / 6, |every| every / 2);
        self.disconnect_timeout.saturating_add(beat)
    }

    /// All that is wrong with these settings.
    pub(crate) fn check(&self, errors: &mut Vec<String>) {
        if self.disconnect_timeout < Duration::from_secs(6) {
            errors.push("the disconnect timeout is at least 6 s".to_owned());
        }
        if let Some(every) = self.keep_alive
            && (every < Duration::from_secs(2) || every > self.disconnect_timeout / 3)
        {
            errors.push("the keep-alive is from 2 s to a third of the disconnect timeout".to_owned());
        }
        if self.max_calls == 0 {
            errors.push("of the calls of a connection at least one may run".to_owned());
        }
        for origin in &self.allowed_origins {
            if !origin.contains("://") || origin.ends_with('/') || origin == "*" {
                errors.push(format!("`{origin}` is no origin; one is `scheme://host` or `scheme://host:port`"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_layer_wins() {
        let second = Duration::from_secs(1);
        let builder = Options::default().call_timeout(Some(second)).rejoin_timeout(second).detailed_errors(true);
        let hub = Options::default().call_timeout(Some(2 * second)).rejoin_timeout(2 * second);
        let mount = Options::default().call_timeout(None);
        let settings = Settings::of(&[&mount, &hub, &builder]);
        assert_eq!(settings.call_timeout, None);
        assert_eq!(settings.rejoin_timeout, 2 * second);
        assert!(settings.detailed_errors);
        assert_eq!(settings.max_hubs, 32, "the default");
    }
}
