//! Requests, and where they go.

use std::fmt;

/// Where the server is.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    /// `host:port`, to connect to.
    pub(crate) address: String,
    /// What the `Host` header says.
    pub(crate) host: String,
}

/// The address is not `http://host` or `http://host:port`.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an address such as http://127.0.0.1:9000")]
pub struct BaseUrlError(String);

impl Base {
    pub(crate) fn parse(url: &str) -> Result<Self, BaseUrlError> {
        let wrong = || BaseUrlError(url.to_owned());
        let host = url.strip_prefix("http://").ok_or_else(wrong)?.trim_end_matches('/');
        if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
            return Err(wrong());
        }
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let address = if has_port { host.to_owned() } else { format!("{host}:80") };
        Ok(Self { address, host: host.to_owned() })
    }
}

/// One request, to be sent on a connection of its own.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// The `Sec-WebSocket-Accept` that must answer it, if it asks for a WebSocket.
    pub(crate) accept: Option<String>,
}

impl Request {
    pub(crate) fn get(target: impl Into<String>) -> Self {
        Self { method: "GET".into(), target: target.into(), ..Self::default() }
    }

    pub(crate) fn post(target: impl Into<String>, body: String) -> Self {
        Self { method: "POST".into(), target: target.into(), body, ..Self::default() }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The bytes to send.
    pub(crate) fn encode(&self, host: &str) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\nHost: {host}\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if !self.body.is_empty() || self.method == "POST" {
            text += &format!("Content-Length: {}\r\n", self.body.len());
        }
        text += "\r\n";
        text += &self.body;
        text.into_bytes()
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)?;
        if !self.body.is_empty() {
            write!(f, "  {}", self.body)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_perhaps_a_port() {
        assert_eq!(Base::parse("http://127.0.0.1:9000/").expect("valid").address, "127.0.0.1:9000");
        assert_eq!(Base::parse("http://localhost").expect("valid").address, "localhost:80");
        assert!(Base::parse("https://localhost").is_err());
        assert!(Base::parse("http://localhost/signalr").is_err());
    }
}
