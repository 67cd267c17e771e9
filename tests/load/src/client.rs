//! A classic client: what a page does, under a test's control.

use std::{collections::VecDeque, io};

use serde_json::{Value, json};

use crate::wire::{Link, Wire};

/// How a client is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// `webSockets`
    WebSockets,
    /// `serverSentEvents`
    ServerSentEvents,
    /// `longPolling`
    LongPolling,
}

impl Transport {
    fn name(self) -> &'static str {
        match self {
            Self::WebSockets => "webSockets",
            Self::ServerSentEvents => "serverSentEvents",
            Self::LongPolling => "longPolling",
        }
    }
}

/// A client of the hub `rooms` and its stream.
#[derive(Debug)]
pub struct Client {
    link: Link,
    transport: Transport,
    token: String,
    cursor: Option<String>,
    groups_token: Option<String>,
    wire: Wire,
    /// Bytes of an event that has not ended yet.
    events: Vec<u8>,
    notes: VecDeque<Note>,
    calls: u64,
}

/// A call of the client's `note`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Who sent it.
    pub from: String,
    /// What.
    pub text: String,
}

impl Client {
    /// Negotiates, connects and starts.
    ///
    /// # Errors
    ///
    /// Those of the network, and answers that are refusals.
    pub async fn connect(link: impl Into<Link>, transport: Transport) -> io::Result<Self> {
        let link = link.into();
        let mut side = Wire::connect(Link { receive_buffer: None, ..link }).await?;
        Self::connect_beside(link, transport, &mut side).await
    }

    /// The same; what is no stream goes over a connection that is there already.
    ///
    /// # Errors
    ///
    /// As [`Client::connect`].
    pub async fn connect_beside(link: Link, transport: Transport, side: &mut Wire) -> io::Result<Self> {
        let query = format!("clientProtocol=2.1&{}", listed());
        let negotiated = side.ask(&format!("/signalr/negotiate?{query}"), None).await?;
        let negotiated: Value = serde_json::from_slice(&negotiated)?;
        let token = negotiated["ConnectionToken"].as_str().unwrap_or_default();
        let mut client = Self {
            link,
            transport,
            token: encode(token),
            cursor: None,
            groups_token: None,
            wire: Wire::connect(link).await?,
            events: Vec::new(),
            notes: VecDeque::new(),
            calls: 0,
        };
        client.open("connect").await?;
        while client.payload().await?["S"] != 1 {}
        let started = client.target("start");
        side.ask(&started, None).await?;
        Ok(client)
    }

    /// Comes back on a new connection, with its cursor and groups token.
    ///
    /// # Errors
    ///
    /// As [`Client::connect`].
    pub async fn reconnect(&mut self) -> io::Result<()> {
        self.wire = Wire::connect(self.link).await?;
        self.events = Vec::new();
        self.open("reconnect").await
    }

    /// Calls a hub method and gives its result.
    ///
    /// # Errors
    ///
    /// Those of the network, and an error of the method.
    pub async fn call(&mut self, method: &str, arguments: Value) -> io::Result<Value> {
        let id = self.calls.to_string();
        self.calls += 1;
        let message = json!({ "H": "rooms", "M": method, "A": arguments, "I": id }).to_string();
        let answer = if self.transport == Transport::WebSockets {
            self.wire.write_text(&message).await?;
            loop {
                let payload = self.payload().await?;
                if payload["I"] == *id {
                    break payload;
                }
            }
        } else {
            let body = format!("data={}", encode(&message));
            let target = self.target("send");
            let answer = Wire::connect(self.link).await?.ask(&target, Some(&body)).await?;
            serde_json::from_slice(&answer)?
        };
        match answer["E"].as_str() {
            Some(error) => Err(io::Error::other(error.to_owned())),
            None => Ok(answer["R"].clone()),
        }
    }

    /// The next call of `note`.
    ///
    /// # Errors
    ///
    /// Those of the network, and the end of the stream.
    pub async fn note(&mut self) -> io::Result<Note> {
        loop {
            if let Some(note) = self.notes.pop_front() {
                return Ok(note);
            }
            self.payload().await?;
        }
    }

    /// Reads until the client has a groups token.
    ///
    /// # Errors
    ///
    /// As [`Client::note`].
    pub async fn groups_token(&mut self) -> io::Result<()> {
        while self.groups_token.is_none() {
            self.payload().await?;
        }
        Ok(())
    }

    /// Says that it leaves.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn leave(self) -> io::Result<()> {
        let target = self.target("abort");
        Wire::connect(self.link).await?.ask(&target, Some("")).await.map(drop)
    }

    /// Gives the stream away, for whoever wants its frames alone.
    pub fn into_wire(self) -> Wire {
        self.wire
    }

    async fn open(&mut self, action: &str) -> io::Result<()> {
        let target = self.target(action);
        match self.transport {
            Transport::WebSockets => self.wire.upgrade(&target).await,
            Transport::ServerSentEvents => {
                self.wire.request(&target, "", None).await?;
                match self.wire.head().await?.status {
                    200 => Ok(()),
                    status => Err(io::Error::other(format!("/{action} was answered with {status}"))),
                }
            }
            Transport::LongPolling => {
                self.events = self.wire.ask(&target, Some("")).await?;
                Ok(())
            }
        }
    }

    /// The next thing that the server says. A place is taken over only with all that lies before it.
    async fn payload(&mut self) -> io::Result<Value> {
        let payload = match self.transport {
            Transport::WebSockets => self.wire.text().await?,
            Transport::ServerSentEvents => self.event().await?,
            Transport::LongPolling => {
                if !self.events.is_empty() {
                    let body = std::mem::take(&mut self.events);
                    return self.take(&body);
                }
                let target = self.target("poll");
                self.wire.ask(&target, Some("")).await?
            }
        };
        self.take(&payload)
    }

    /// The data of the next server-sent event that is a payload.
    async fn event(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.events.windows(2).position(|two| two == b"\n\n") {
                let event: Vec<u8> = self.events.drain(..end + 2).collect();
                match event.strip_prefix(b"data: ") {
                    Some(data) if data.starts_with(b"{") => return Ok(data.to_vec()),
                    _ => continue,
                }
            }
            let chunk = self.wire.chunk().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
            self.events.extend_from_slice(&chunk);
        }
    }

    fn take(&mut self, payload: &[u8]) -> io::Result<Value> {
        let payload: Value = serde_json::from_slice(payload)?;
        for call in payload["M"].as_array().into_iter().flatten().filter(|call| call["M"] == "note") {
            let argument = |at: usize| call["A"][at].as_str().unwrap_or_default().to_owned();
            self.notes.push_back(Note { from: argument(0), text: argument(1) });
        }
        if let Some(cursor) = payload["C"].as_str() {
            self.cursor = Some(encode(cursor));
        }
        if let Some(token) = payload["G"].as_str() {
            self.groups_token = Some(encode(token));
        }
        Ok(payload)
    }

    fn target(&self, action: &str) -> String {
        let mut target = format!(
            "/signalr/{action}?transport={}&clientProtocol=2.1&connectionToken={}&{}&tid=4",
            self.transport.name(),
            self.token,
            listed()
        );
        if let Some(cursor) = &self.cursor {
            target.push_str(&format!("&messageId={cursor}"));
        }
        if let Some(token) = &self.groups_token {
            target.push_str(&format!("&groupsToken={token}"));
        }
        target
    }
}

fn listed() -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("connectionData", r#"[{"name":"rooms"}]"#).finish()
}

fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
