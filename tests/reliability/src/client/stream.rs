//! The stream of a client, read by a task of its own, so that whoever waits for a message can stop waiting.

use std::{io, time::Duration};

use serde_json::Value;
use tokio::{
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        oneshot,
    },
    task::JoinHandle,
    time::timeout,
};

use super::session::{Session, Transport};
use crate::{
    http::{Answer, Ask, encode},
    websocket::{self, Received, Writer},
};

/// What a stream brings.
#[derive(Debug)]
pub(super) enum Event {
    /// `S:1`.
    Initialized,
    /// A new groups token; it stands in the session.
    GroupsToken,
    /// A call of a client method, or progress.
    Invocation(Value),
    /// The response to a call.
    Reply(Value),
    /// The end, with the code of a close frame if one came.
    Closed(Option<u16>),
}

/// What all streams of a client have brought and it has not yet looked at.
#[derive(Debug)]
pub(super) struct Inbound {
    sender: UnboundedSender<(u64, Event)>,
    receiver: UnboundedReceiver<(u64, Event)>,
    streams: u64,
}

impl Default for Inbound {
    fn default() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self { sender, receiver, streams: 0 }
    }
}

impl Inbound {
    /// A way in for a new stream.
    pub(super) fn sender(&mut self) -> Sink {
        self.streams += 1;
        Sink { stream: self.streams, sender: self.sender.clone() }
    }

    /// The next event. The end of an earlier stream is none. Cancel safe.
    pub(super) async fn next(&mut self) -> io::Result<Event> {
        loop {
            match self.receiver.recv().await {
                Some((stream, Event::Closed(_))) if stream != self.streams => {}
                Some((_, event)) => return Ok(event),
                None => return Err(io::ErrorKind::BrokenPipe.into()),
            }
        }
    }

    /// An event that is there already.
    pub(super) fn ready(&mut self) -> Option<Event> {
        loop {
            match self.receiver.try_recv().ok()? {
                (stream, Event::Closed(_)) if stream != self.streams => {}
                (_, event) => return Some(event),
            }
        }
    }
}

/// Where the reader of a stream puts what it reads.
#[derive(Debug)]
pub(super) struct Sink {
    stream: u64,
    sender: UnboundedSender<(u64, Event)>,
}

impl Sink {
    fn put(&self, event: Event) {
        // Nobody listens any more: then the client is gone, and its reader soon.
        let _ = self.sender.send((self.stream, event));
    }

    /// Takes a JSON text apart. The place moves with it, in one step.
    fn take(&self, session: &Session, text: &str) -> io::Result<()> {
        let response: Value = serde_json::from_str(text)?;
        if !response["I"].is_null() || response.get("E").is_some() {
            self.put(Event::Reply(response));
            return Ok(());
        }
        let Some(cursor) = response["C"].as_str() else { return Ok(()) };
        let mut place = session.place.lock();
        place.cursor = Some(cursor.to_owned());
        if let Some(token) = response["G"].as_str() {
            place.groups_token = Some(token.to_owned());
            self.put(Event::GroupsToken);
        }
        if response["S"] == 1 {
            self.put(Event::Initialized);
        }
        for message in response["M"].as_array().into_iter().flatten() {
            self.put(Event::Invocation(message.clone()));
        }
        Ok(())
    }
}

/// An open stream.
#[derive(Debug)]
pub(super) struct Stream {
    writer: Option<Writer>,
    /// Asks a poll to come to its end.
    stop: Option<oneshot::Sender<()>>,
    reading: JoinHandle<()>,
}

/// How long a poll may take to come to its end.
const FAREWELL: Duration = Duration::from_secs(2);

impl Stream {
    pub(super) async fn open(session: &Session, transport: Transport, action: &str, sink: Sink) -> io::Result<Self> {
        let target = session.resuming_target(action, transport);
        let reader = session.clone();
        match transport {
            Transport::WebSockets => {
                let ask = Ask::get(target).headers(&session.headers);
                let socket =
                    websocket::upgrade(ask, session.link).await?.map_err(|response| refused(response.status))?;
                let reading = tokio::spawn(async move {
                    let code = read_socket(socket.reader, &reader, &sink).await;
                    sink.put(Event::Closed(code.unwrap_or_default()));
                });
                Ok(Self { writer: Some(socket.writer), stop: None, reading })
            }
            Transport::ServerSentEvents => {
                let answer = Ask::get(target).headers(&session.headers).open(session.link).await?;
                if answer.status != 200 {
                    return Err(refused(answer.status));
                }
                let reading = tokio::spawn(async move {
                    let _ = read_events(answer, &reader, &sink).await;
                    sink.put(Event::Closed(None));
                });
                Ok(Self { writer: None, stop: None, reading })
            }
            Transport::LongPolling => {
                let first = open_poll(session, action).await?;
                let (stop, stopped) = oneshot::channel();
                let reading = tokio::spawn(async move {
                    let _ = poll(first, &reader, &sink, stopped).await;
                    sink.put(Event::Closed(None));
                });
                Ok(Self { writer: None, stop: Some(stop), reading })
            }
        }
    }

    pub(super) fn writer(&mut self) -> Option<&mut Writer> {
        self.writer.as_mut()
    }

    /// Drops the transport without a word. When this returns the server has seen every request of it: one that comes later
    /// than the next stream's would take its place.
    pub(super) async fn end(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
            let _ = timeout(FAREWELL, &mut self.reading).await;
        }
        self.reading.abort();
        if !self.reading.is_finished() {
            let _ = (&mut self.reading).await;
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

fn refused(status: u16) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionRefused, format!("refused with {status}"))
}

async fn read_socket(mut reader: websocket::Reader, session: &Session, sink: &Sink) -> io::Result<Option<u16>> {
    loop {
        match reader.next().await? {
            Received::Text(text) => sink.take(session, &text)?,
            Received::Close(code) => return Ok(Some(code)),
            Received::End => return Ok(None),
        }
    }
}

async fn read_events(mut answer: Answer, session: &Session, sink: &Sink) -> io::Result<()> {
    // An event is one chunk.
    while let Some(chunk) = answer.chunk().await? {
        let text = String::from_utf8(chunk).map_err(io::Error::other)?;
        let data = text.strip_prefix("data: ").and_then(|text| text.strip_suffix("\n\n"));
        match data.ok_or_else(|| io::Error::other("not one event in one chunk"))? {
            "initialized" | "{}" => {}
            data => sink.take(session, data)?,
        }
    }
    Ok(())
}

async fn open_poll(session: &Session, action: &str) -> io::Result<Answer> {
    let form: Vec<String> =
        session.place_fields().into_iter().map(|(name, value)| format!("{name}={}", encode(&value))).collect();
    let ask = Ask::post(session.target(action, Transport::LongPolling), form.join("&")).headers(&session.headers);
    let answer = ask.open(session.link).await?;
    if answer.status == 200 { Ok(answer) } else { Err(refused(answer.status)) }
}

async fn poll(first: Answer, session: &Session, sink: &Sink, mut stopped: oneshot::Receiver<()>) -> io::Result<()> {
    let mut answer = first;
    loop {
        let (response, _) = tokio::select! {
            biased;
            _ = &mut stopped => return Ok(()),
            read = answer.whole() => read?,
        };
        let text = response.text();
        // An empty one is the answer of a stream that failed.
        if text.trim().is_empty() {
            return Ok(());
        }
        sink.take(session, &text)?;
        // Not to be stopped before its head has come: then the server knows of it.
        answer = open_poll(session, "poll").await?;
    }
}
