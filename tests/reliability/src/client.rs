//! A classic client: what a page does, under a test's control.

mod session;
mod stream;

pub use session::{Session, Transport};

use std::{collections::VecDeque, io};

use serde_json::{Value, json};

use crate::{PATIENCE, http::Link, websocket::Writer, within};
use stream::{Event, Inbound, Stream};

/// A client with, or for a while without, a stream.
#[derive(Debug)]
pub struct Client {
    /// Its tokens and its place.
    pub session: Session,
    transport: Transport,
    stream: Option<Stream>,
    inbound: Inbound,
    invocations: VecDeque<Value>,
    replies: VecDeque<Reply>,
    next_id: u64,
}

/// The response to a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply(pub Value);

impl Reply {
    /// The id it answers.
    pub fn id(&self) -> &str {
        self.0["I"].as_str().unwrap_or_default()
    }

    /// The result; null where there is none.
    pub fn result(&self) -> &Value {
        &self.0["R"]
    }

    /// The error's text.
    pub fn error(&self) -> Option<&str> {
        self.0["E"].as_str()
    }
}

impl Client {
    /// Negotiates, connects and starts: what a page's `start()` does.
    ///
    /// # Errors
    ///
    /// Those of the network, and a server that answers otherwise than it should.
    pub async fn connect(link: impl Into<Link>, transport: Transport, hubs: &[&str]) -> io::Result<Self> {
        let session = Session::negotiate(link, hubs, "").await?;
        Self::connect_as(session, transport).await
    }

    /// The same for a user.
    ///
    /// # Errors
    ///
    /// As [`Client::connect`].
    pub async fn connect_user(
        link: impl Into<Link>,
        transport: Transport,
        hubs: &[&str],
        user: &str,
    ) -> io::Result<Self> {
        let query = format!("&user={}", crate::http::encode(user));
        Self::connect_as(Session::negotiate(link, hubs, &query).await?, transport).await
    }

    /// Connects and starts a session that was negotiated.
    ///
    /// # Errors
    ///
    /// As [`Client::connect`].
    pub async fn connect_as(session: Session, transport: Transport) -> io::Result<Self> {
        let client = Self::connect_only(session, transport).await?;
        let started = client.session.start(transport).await?;
        if started.status != 200 {
            return Err(io::Error::other(format!("/start: {} {}", started.status, started.text())));
        }
        Ok(client)
    }

    /// Connects and waits for `S:1`, but does not start.
    ///
    /// # Errors
    ///
    /// As [`Client::connect`].
    pub async fn connect_only(session: Session, transport: Transport) -> io::Result<Self> {
        let mut client = Self::without_stream(session, transport);
        client.open("connect").await?;
        client.until_initialized().await?;
        Ok(client)
    }

    /// A client that has tokens and no stream yet.
    pub fn without_stream(session: Session, transport: Transport) -> Self {
        Self {
            session,
            transport,
            stream: None,
            inbound: Inbound::default(),
            invocations: VecDeque::new(),
            replies: VecDeque::new(),
            next_id: 0,
        }
    }

    /// Opens a stream with this action; an earlier one is dropped.
    ///
    /// # Errors
    ///
    /// Those of the network, and a refusal, whose status stands in the text.
    pub async fn open(&mut self, action: &str) -> io::Result<()> {
        self.drop_transport().await;
        let opening = Stream::open(&self.session, self.transport, action, self.inbound.sender());
        self.stream = Some(within(PATIENCE, opening).await?);
        Ok(())
    }

    /// Comes back with all that it knows: place and groups token.
    ///
    /// # Errors
    ///
    /// As [`Client::open`].
    pub async fn reconnect(&mut self) -> io::Result<()> {
        self.open("reconnect").await
    }

    /// Loses the transport without a word. What came before is still there to be read.
    pub async fn drop_transport(&mut self) {
        if let Some(stream) = self.stream.take() {
            stream.end().await;
        }
    }

    /// Says that it leaves. A poll is broken off before, as another one would be a way back.
    ///
    /// # Errors
    ///
    /// Those of the network, and an answer other than 200.
    pub async fn abort(&mut self) -> io::Result<()> {
        if self.transport == Transport::LongPolling {
            self.drop_transport().await;
        }
        let response = self.session.abort(self.transport).await?;
        if response.status == 200 { Ok(()) } else { Err(io::Error::other(format!("/abort: {}", response.status))) }
    }

    /// How it is connected.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// Calls a hub method and waits for the response.
    ///
    /// # Errors
    ///
    /// Those of the network, and a stream that ends before the response.
    pub async fn call(&mut self, hub: &str, method: &str, arguments: Value) -> io::Result<Reply> {
        let id = self.next_id;
        self.next_id += 1;
        let message = json!({ "H": hub, "M": method, "A": arguments, "I": id }).to_string();
        if self.transport != Transport::WebSockets {
            let response = within(PATIENCE, self.session.send(self.transport, &message)).await?;
            if response.status != 200 {
                return Err(io::Error::other(format!("/send: {} {}", response.status, response.text())));
            }
            return serde_json::from_slice(&response.body).map(Reply).map_err(io::Error::other);
        }
        self.write_text(&message).await?;
        self.reply_to(&id.to_string()).await
    }

    /// Sends a message as it stands, over a WebSocket.
    ///
    /// # Errors
    ///
    /// Those of the network, and if there is no socket.
    pub async fn write_text(&mut self, message: &str) -> io::Result<()> {
        self.writer()?.text(message).await
    }

    /// The half of the WebSocket that writes.
    ///
    /// # Errors
    ///
    /// If there is no socket.
    pub fn writer(&mut self) -> io::Result<&mut Writer> {
        self.stream.as_mut().and_then(Stream::writer).ok_or_else(|| io::Error::other("there is no socket"))
    }

    /// Waits for the response to the call of this id.
    ///
    /// # Errors
    ///
    /// If the stream ends before.
    pub async fn reply_to(&mut self, id: &str) -> io::Result<Reply> {
        loop {
            if let Some(at) = self.replies.iter().position(|reply| reply.id() == id) {
                return self.replies.remove(at).ok_or_else(|| io::ErrorKind::NotFound.into());
            }
            self.read().await?;
        }
    }

    /// The next response, whatever it answers.
    ///
    /// # Errors
    ///
    /// If the stream ends before.
    pub async fn next_reply(&mut self) -> io::Result<Reply> {
        loop {
            if let Some(reply) = self.replies.pop_front() {
                return Ok(reply);
            }
            self.read().await?;
        }
    }

    /// The next call of one of the client's methods: an object with `H`, `M` and `A`. Cancel safe.
    ///
    /// # Errors
    ///
    /// If the stream ends before.
    pub async fn next(&mut self) -> io::Result<Value> {
        loop {
            if let Some(invocation) = self.invocations.pop_front() {
                return Ok(invocation);
            }
            self.read().await?;
        }
    }

    /// The calls that are there already, without waiting; whether the stream is still open.
    pub fn ready(&mut self) -> (Vec<Value>, bool) {
        while let Some(event) = self.inbound.ready() {
            match event {
                Event::Closed(_) => self.stream = None,
                event => self.take(event),
            }
        }
        (self.invocations.drain(..).collect(), self.stream.is_some())
    }

    /// All calls up to the first one of this method, which is left out.
    ///
    /// # Errors
    ///
    /// As [`Client::next`].
    pub async fn until(&mut self, method: &str) -> io::Result<Vec<Value>> {
        let mut before = Vec::new();
        loop {
            let invocation = self.next().await?;
            if invocation["M"] == method {
                return Ok(before);
            }
            before.push(invocation);
        }
    }

    /// Waits for a new groups token and gives it.
    ///
    /// # Errors
    ///
    /// If the stream ends before.
    pub async fn next_groups_token(&mut self) -> io::Result<String> {
        let before = self.session.groups_token();
        loop {
            if let Some(token) = self.session.groups_token().filter(|token| Some(token) != before.as_ref()) {
                return Ok(token);
            }
            self.read().await?;
        }
    }

    /// Waits for the end of the stream: the code of a close frame, if one came.
    ///
    /// # Errors
    ///
    /// If it does not end in time.
    pub async fn closed(&mut self) -> io::Result<Option<u16>> {
        loop {
            match within(PATIENCE, self.inbound.next()).await? {
                Event::Closed(code) => {
                    self.stream = None;
                    return Ok(code);
                }
                event => self.take(event),
            }
        }
    }

    async fn until_initialized(&mut self) -> io::Result<()> {
        loop {
            match within(PATIENCE, self.inbound.next()).await? {
                Event::Initialized => return Ok(()),
                Event::Closed(code) => return Err(lost(code)),
                event => self.take(event),
            }
        }
    }

    async fn read(&mut self) -> io::Result<()> {
        match within(PATIENCE, self.inbound.next()).await? {
            Event::Closed(code) => {
                self.stream = None;
                Err(lost(code))
            }
            event => {
                self.take(event);
                Ok(())
            }
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Invocation(invocation) => self.invocations.push_back(invocation),
            Event::Reply(reply) => self.replies.push_back(Reply(reply)),
            Event::Initialized | Event::GroupsToken | Event::Closed(_) => {}
        }
    }
}

fn lost(code: Option<u16>) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, format!("the stream is over, close code {code:?}"))
}
