//! A stream: what a transport writes, and what it reads.

use std::{fmt, future::poll_fn, sync::Arc, task::Poll};

use bytes::Bytes;

use super::{
    Transport,
    invoke::{self, Answer},
    mounted::Mounted,
};
use crate::{
    connection::{Attached, Connection, DisconnectReason, Drained, Queued, StreamEnd, TokenDue},
    counters,
    hub::Request,
    protocol::{
        Wire,
        classic::{Cursor, PersistentResponse},
    },
    rejoin::{Generation, Holder},
    server::Settings,
    task,
};

/// Entries that a stream which is behind reads from the log in one go.
const CATCH_UP: usize = 256;
/// The same for a poll, whose answer is the last until the next poll.
const CATCH_UP_POLL: usize = 5_000;

/// Why, and how, a transport is to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Closing {
    /// A newer stream took over, or the connection ended: an ordinary end.
    Normal,
    /// The server shuts down: polls say so.
    Shutdown,
    /// The client does not take what is sent to it: the transport is cut, since nothing more can be written.
    Cut,
    /// An event failed.
    Failed,
}

/// Leave for one call to run.
#[derive(Debug)]
pub struct CallPermit(#[allow(dead_code, reason = "held, not read")] Option<tokio::sync::OwnedSemaphorePermit>);

/// What a stream is to write, in order.
#[derive(Debug)]
pub struct Frames {
    /// One JSON text each.
    pub frames: Vec<Bytes>,
    /// Whether, after them, the stream is over.
    pub closing: Option<Closing>,
}

/// An open stream of a connection. Its transport waits for [`ready`](Self::ready), takes [`frames`](Self::frames) or, for
/// a poll, the one [`response`](Self::response), and writes them. Dropping it means that the transport is gone; the connection waits for the next.
pub struct ClassicStream {
    mounted: Arc<Mounted>,
    connection: Arc<Connection>,
    stream: u64,
    /// The place that this stream has told its client. The connection's own may be that of a newer stream, whose answers the
    /// client of this one need not have seen.
    position: u64,
    transport: Transport,
    request: Request,
}

impl ClassicStream {
    pub(super) fn new(mounted: Arc<Mounted>, attached: Attached, transport: Transport) -> Self {
        let request = attached.connection.request();
        let Attached { connection, stream, position } = attached;
        Self { mounted, connection, stream, position, transport, request }
    }

    pub(super) fn attached(&self) -> Attached {
        Attached { connection: self.connection.clone(), stream: self.stream, position: self.position }
    }

    /// What is to carry it.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// What holds on its mount.
    pub fn settings(&self) -> &Settings {
        &self.mounted.settings
    }

    /// The connection it belongs to.
    pub fn connection_id(&self) -> crate::ConnectionId {
        self.connection.id
    }

    /// Waits until there is something to write, or the stream is over.
    ///
    /// # Cancel safety
    ///
    /// Nothing is taken; it can be dropped and called again.
    pub async fn ready(&self) {
        poll_fn(|cx| self.connection.poll_ready(self.stream, cx)).await;
    }

    /// Waits until the stream is over, whatever there is to write: for a transport whose peer does not read.
    ///
    /// # Cancel safety
    ///
    /// Nothing is taken; it can be dropped and called again.
    pub async fn ended(&self) -> Closing {
        closing(poll_fn(|cx| self.connection.poll_end(self.stream, cx)).await)
    }

    /// Takes everything there is to write.
    ///
    /// # Cancel safety
    ///
    /// What was taken is lost to this stream if the future is dropped; the client asks for it again when it reconnects.
    pub async fn frames(&mut self) -> Frames {
        let drained = self.mounted.server.node.drain(&self.connection, self.stream, CATCH_UP);
        let mut frames = Vec::with_capacity(drained.items.len());
        let epoch = self.mounted.server.node.epoch;
        let Drained { items, mut position, token, end } = drained;
        if end == Some(StreamEnd::Replaced) {
            position = self.position;
        }
        let changed_at = token.as_ref().and_then(|due| due.at);
        let mut token = self.issue(token).await;
        let respond = |position, initialized, token: Option<&str>| {
            PersistentResponse {
                cursor: Cursor { epoch, position },
                initialized,
                shutting_down: false,
                groups_token: token,
                long_poll_delay_ms: 0,
            }
            .encode([])
        };
        for item in items {
            match item {
                Queued::Reply(reply) => frames.push(reply),
                Queued::Init => frames.push(respond(position, true, None)),
                Queued::Entry(entry) => {
                    position = entry.seq;
                    if entry.form(Wire::Classic).is_some() {
                        frames.push(entry.classic_frame(epoch));
                    } else if changed_at == Some(entry.seq)
                        && let Some(token) = token.take()
                    {
                        frames.push(respond(position, false, Some(&token)));
                    }
                }
            }
        }
        if let Some(token) = token {
            frames.push(respond(position, false, Some(&token)));
        }
        self.position = position;
        counters::FRAMES.add(frames.len());
        Frames { frames, closing: end.map(closing) }
    }

    /// Takes the answer of a poll, if there is one: everything there is to write, or the last words of a stream that is over.
    pub async fn response(&mut self) -> Option<Bytes> {
        let drained = self.mounted.server.node.drain(&self.connection, self.stream, CATCH_UP_POLL);
        let Drained { items, mut position, token, end } = drained;
        if end == Some(StreamEnd::Replaced) {
            position = self.position;
        }
        if matches!(end, Some(StreamEnd::Failed | StreamEnd::Ended(DisconnectReason::ConnectedFailed))) {
            // A stream whose event failed has no response at all.
            return Some(Bytes::new());
        }
        let token = self.issue(token).await;
        let mut initialized = false;
        let mut messages: Vec<Bytes> = Vec::new();
        for item in &items {
            match item {
                Queued::Entry(entry) => {
                    position = entry.seq;
                    messages.extend(entry.form(Wire::Classic).cloned());
                }
                Queued::Init => initialized = true,
                Queued::Reply(_) => {}
            }
        }
        self.position = position;
        if messages.is_empty() && !initialized && token.is_none() && end.is_none() {
            return None;
        }
        let shutting_down = end == Some(StreamEnd::Ended(DisconnectReason::Shutdown));
        Some(self.persistent(position, initialized, shutting_down, token.as_deref(), &messages))
    }

    /// The answer of a poll whose time is up.
    pub fn timed_out(&self) -> Bytes {
        let position = self.mounted.server.node.advance(&self.connection, self.stream).unwrap_or(self.position);
        self.persistent(position, false, false, None, &[])
    }

    fn persistent(
        &self,
        position: u64,
        initialized: bool,
        shutting_down: bool,
        token: Option<&str>,
        messages: &[Bytes],
    ) -> Bytes {
        let delay = self.mounted.settings.long_poll_delay;
        PersistentResponse {
            cursor: Cursor { epoch: self.mounted.server.node.epoch, position },
            initialized,
            shutting_down,
            groups_token: token,
            long_poll_delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        }
        .encode(messages.iter().map(|message| &message[..]))
    }

    async fn issue(&self, due: Option<TokenDue>) -> Option<String> {
        let due = due?;
        let server = &self.mounted.server;
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        for (scope, group) in due.groups {
            let Some(scope) = server.scope(scope) else { continue };
            match groups.iter_mut().find(|(hub, _)| hub == scope.name()) {
                Some((_, listed)) => listed.push(group.as_str().to_owned()),
                None => groups.push((scope.name().to_owned(), vec![group.as_str().to_owned()])),
            }
        }
        let user = self.connection.user.as_ref().map(|user| user.id().as_str());
        let holder = Holder { generation: Generation::Classic, connection: self.connection.id.as_str(), user };
        let revision = server.tokens.keys().revision();
        match server.tokens.issue_groups(holder, due.sequence, &groups).await {
            Ok(issued) => {
                server.node.token_issued(&self.connection, issued.issued_at_ms, revision);
                Some(issued.into_token())
            }
            Err(error) => {
                server.node.token_failed(&self.connection);
                tracing::error!(connection = %self.connection.id, %error, "a groups token could not be issued; the client keeps the one it has");
                None
            }
        }
    }

    /// To be called at every keep-alive: has the groups token renewed in time.
    pub fn tick(&self) {
        let tokens = &self.mounted.server.tokens;
        let (now, current) = (tokens.clock().now_ms(), tokens.keys().revision());
        let is_stale = |at_ms, revision| revision != current || tokens.should_reissue(at_ms, now);
        self.mounted.server.node.renew_token(&self.connection, self.stream, is_stale);
    }

    /// Waits until one more call of this connection may run. Read no further message before.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again.
    pub async fn permit(&self) -> CallPermit {
        CallPermit(self.connection.calls.clone().acquire_owned().await.ok())
    }

    /// Takes a message that the client sent on this stream. The call is polled to its first wait, so that calls begin in the
    /// order they arrive, and goes on by itself. Its response is written by this stream.
    pub async fn receive(&self, permit: CallPermit, text: String) {
        let (mounted, connection, stream) = (self.mounted.clone(), self.connection.clone(), self.stream);
        let request = self.request.clone();
        let mut running: task::Task = Box::pin(async move {
            let answer = invoke::invoke(mounted.clone(), connection.clone(), request, text).await;
            match answer {
                Answer::Response(response) | Answer::NoInvocation { response, .. } => {
                    mounted.server.node.reply(&connection, stream, response)
                }
                Answer::Nothing => {}
            }
            drop(permit);
        });
        let first = poll_fn(|cx| Poll::Ready(running.as_mut().poll(cx))).await;
        if first.is_pending() {
            task::start(running);
        }
    }
}

fn closing(end: StreamEnd) -> Closing {
    match end {
        StreamEnd::Replaced => Closing::Normal,
        StreamEnd::Ended(DisconnectReason::Shutdown) => Closing::Shutdown,
        StreamEnd::Ended(DisconnectReason::SlowClient) => Closing::Cut,
        StreamEnd::Ended(_) => Closing::Normal,
        StreamEnd::Failed => Closing::Failed,
    }
}

impl Drop for ClassicStream {
    fn drop(&mut self) {
        let grace = self.mounted.settings.grace(self.transport == Transport::LongPolling);
        self.mounted.server.node.detach(&self.connection, self.stream, grace);
    }
}

impl fmt::Debug for ClassicStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClassicStream")
            .field("connection", &self.connection.id)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}
