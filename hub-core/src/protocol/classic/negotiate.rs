//! Negotiation: the version rule and the answer (sections 1.5 and 1.6).

use std::{fmt, time::Duration};

use super::message::write_text;

/// What a client says in `clientProtocol`, as `major.minor[.build[.revision]]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProtocolVersion(Vec<u32>);

impl ProtocolVersion {
    /// The version to answer: what the client speaks, held between 1.2 and 2.0; 1.2 for what is no version.
    pub fn resolve(client_protocol: Option<&str>) -> Self {
        let (oldest, newest) = (Self(vec![1, 2]), Self(vec![2, 0]));
        let parsed = client_protocol.and_then(|text| {
            let parts: Option<Vec<u32>> = text
                .split('.')
                .map(|part| part.trim().parse::<i32>().ok().and_then(|number| u32::try_from(number).ok()))
                .collect();
            parts.filter(|parts| (2..=4).contains(&parts.len())).map(Self)
        });
        match parsed {
            Some(version) if version > newest => newest,
            Some(version) if version >= oldest => version,
            _ => oldest,
        }
    }

    /// From 1.4 the connected event belongs to `/start`, below it to `/connect`.
    pub fn has_delayed_start(&self) -> bool {
        *self >= Self(vec![1, 4])
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            write!(f, "{part}")?;
        }
        Ok(())
    }
}

/// The ten fields of the answer to negotiate.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Negotiation<'a> {
    pub url: &'a str,
    pub connection_token: &'a str,
    pub connection_id: &'a str,
    pub keep_alive_timeout: Option<Duration>,
    pub disconnect_timeout: Duration,
    pub connection_timeout: Duration,
    pub try_web_sockets: bool,
    pub protocol_version: ProtocolVersion,
    pub transport_connect_timeout: Duration,
    pub long_poll_delay: Duration,
}

impl Negotiation<'_> {
    /// Writes the answer; times are seconds with a decimal point.
    pub fn encode(&self) -> String {
        let mut out = b"{\"Url\":".to_vec();
        write_text(self.url, &mut out);
        for (name, text) in [("ConnectionToken", self.connection_token), ("ConnectionId", self.connection_id)] {
            out.extend_from_slice(format!(",\"{name}\":").as_bytes());
            write_text(text, &mut out);
        }
        let keep_alive = self.keep_alive_timeout.map_or_else(|| "null".to_owned(), seconds);
        out.extend_from_slice(
            format!(
                ",\"KeepAliveTimeout\":{keep_alive},\"DisconnectTimeout\":{},\"ConnectionTimeout\":{},\"TryWebSockets\":{},\
                 \"ProtocolVersion\":\"{}\",\"TransportConnectTimeout\":{},\"LongPollDelay\":{}}}",
                seconds(self.disconnect_timeout),
                seconds(self.connection_timeout),
                self.try_web_sockets,
                self.protocol_version,
                seconds(self.transport_connect_timeout),
                seconds(self.long_poll_delay),
            )
            .as_bytes(),
        );
        String::from_utf8(out).unwrap_or_default()
    }
}

fn seconds(time: Duration) -> String {
    format!("{:?}", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_held_between_the_oldest_and_the_newest() {
        for (said, answered) in [
            (None, "1.2"),
            (Some(""), "1.2"),
            (Some("2"), "1.2"),
            (Some("1337"), "1.2"),
            (Some("1.5."), "1.2"),
            (Some("1.0"), "1.2"),
            (Some("1.5"), "1.5"),
            (Some(" 1.5 "), "1.5"),
            (Some("1.4.7"), "1.4.7"),
            (Some("2.0"), "2.0"),
            (Some("2.0.0"), "2.0"),
            (Some("2.1"), "2.0"),
            (Some("9.9"), "2.0"),
            (Some("1.2.3.4.5"), "1.2"),
        ] {
            assert_eq!(ProtocolVersion::resolve(said).to_string(), answered, "{said:?}");
        }
    }

    #[test]
    fn times_are_seconds_with_a_fraction() {
        assert_eq!(seconds(Duration::from_secs(30)), "30.0");
        assert_eq!(seconds(Duration::from_millis(125)), "0.125");
    }
}
