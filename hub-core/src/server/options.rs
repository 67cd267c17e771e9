//! Every limit and time of a server, with its default.

use std::time::Duration;

use crate::{
    core::{OnAuthenticationRefresh, Transports},
    protocol::Encoding,
};

/// What happens to a connection that does not take what is sent to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SlowClientPolicy {
    /// The transport and the connection end; the disconnected event says why.
    #[default]
    Disconnect,
    /// The oldest messages that are not yet written go, and are counted.
    DropOldest,
    /// Code that awaits a send to this one connection waits for room; on the core wire it always does, for
    /// [`transport_send_timeout`](Options::transport_send_timeout) at most. Sends to more never wait: they may go to twice the bound, and then the
    /// oldest messages go.
    Wait,
}

/// The bound of one connection's outbox.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutboxLimits {
    pub messages: usize,
    pub bytes: usize,
    /// Bytes from which on code that awaits a send to the connection waits.
    pub wait_bytes: usize,
    /// How long it waits.
    pub send_timeout: Duration,
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
                Self {
                    $($name: match nearest(layers, |layer| &layer.$name) {
                        Some(set) => set.clone(),
                        None => $default,
                    },)*
                }
            }
        }
    };
}

/// What the nearest layer says that says anything. One function for each type of option, not for each option.
fn nearest<'a, T>(layers: &[&'a Options], option: fn(&Options) -> &Option<T>) -> Option<&'a T> {
    layers.iter().find_map(|layer| option(layer).as_ref())
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
    /// Connections of one server, those waiting for their clients included; a further one is refused with 503. A core connection that was negotiated
    /// and that nobody has opened counts as well, and gives way to a newer one, the oldest first. Set on the
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

    /// Core: whether pages of any origin may connect. What they may read of the answers is still for CORS to say, and that is for
    /// [`allowed_origins`](Self::allowed_origins). Default no.
    any_origin: bool = false;
    /// Core: how often a stream says that it is alive. Default 15 s.
    keep_alive_interval: Duration = Duration::from_secs(15);
    /// Core: how long a client that has pinged once may be silent. Default 30 s.
    client_timeout_interval: Duration = Duration::from_secs(30);
    /// Core: how long the handshake may take. Default 15 s.
    handshake_timeout: Duration = Duration::from_secs(15);
    /// Core: bytes of one message of a client; `None` for any number. Default 32,768.
    maximum_receive_message_size: Option<usize> = Some(32_768);
    /// Core: items of one upload stream that wait for their method. Default 10.
    stream_buffer_capacity: usize = 10;
    /// Core: calls of one connection that run at the same time; with one, calls run in order. Default 1.
    maximum_parallel_invocations: usize = 1;
    /// Core: encodings that a client may choose. Default both.
    supported_protocols: Vec<Encoding> = Encoding::ALL.to_vec();
    /// Core: bytes of messages kept for a client that may come back with its connection. Default 100,000.
    stateful_reconnect_buffer_size: usize = 100_000;
    /// Core: whether a client may come back with its connection. Default no.
    allow_stateful_reconnects: bool = false;
    /// Core: transports that are offered. Default all.
    transports: Transports = Transports::ALL;
    /// Core: bytes of a client that wait to be read by its hub; 0 for any number. Default 65,536.
    application_max_buffer_size: usize = 65_536;
    /// Core: bytes that wait to be written to a client from which on code that awaits its sends to that client waits; 0 for as many as the
    /// outbox holds. Default 65,536.
    transport_max_buffer_size: usize = 65_536;
    /// Core: how long one write to a network may take, and how long code that awaits room in an outbox waits for it. Default 10 s.
    transport_send_timeout: Duration = Duration::from_secs(10);
    /// Core: how long a poll waits with nothing to say. Default 90 s.
    poll_timeout: Duration = Duration::from_secs(90);
    /// Core: how long a client may take to answer a close frame. Default 5 s.
    websocket_close_timeout: Duration = Duration::from_secs(5);
    /// Core: the lowest negotiate version that is served. Default 0.
    minimum_protocol_version: i32 = 0;
    /// Core: whether a connection ends when the credentials that it came with do. Default no.
    close_on_authentication_expiration: bool = false;
    /// Core: whether clients may renew the credentials of a connection that lives on, at `{path}/refresh` and by polls. Default no.
    enable_authentication_refresh: bool = false;
    /// Core: who else has a say in that. Default nobody.
    on_authentication_refresh: Option<OnAuthenticationRefresh> = None;
    /// Core: the longest that credentials are good on a connection, whatever they say. Default as they say.
    maximum_authentication_expiration: Option<Duration> = None;
    /// Core: how long a connection without a transport is kept: one that was negotiated, one between two polls, one that may come back.
    /// Default 15 s.
    inactive_timeout: Duration = Duration::from_secs(15);
    /// Core: upload streams and streaming calls of one connection at the same time; a further one is an error. Default 100.
    max_streams: usize = 100;
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
            wait_bytes: self.outbox_bytes.max(1),
            send_timeout: self.transport_send_timeout,
            policy: self.slow_clients,
        }
    }

    /// The same on the core wire.
    pub(crate) fn core_outbox(&self) -> OutboxLimits {
        let limits = self.outbox();
        match self.transport_max_buffer_size {
            0 => limits,
            wait => OutboxLimits { wait_bytes: wait.min(limits.bytes), ..limits },
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
        if self.maximum_parallel_invocations == 0 || self.stream_buffer_capacity == 0 {
            errors.push("of the calls of a connection at least one may run, and of a stream one item wait".to_owned());
        }
        if self.supported_protocols.is_empty() {
            errors.push("at least one protocol is supported".to_owned());
        }
        if self.transport_send_timeout.is_zero() {
            errors.push("the send timeout is longer than nothing".to_owned());
        }
        if self.maximum_authentication_expiration.is_some_and(|most| most.is_zero()) {
            errors.push("credentials are good for longer than nothing".to_owned());
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
