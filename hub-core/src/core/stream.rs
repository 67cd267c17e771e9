//! What a transport holds: it writes what there is, and brings what comes.

use std::{
    fmt,
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::{runtime::Handle, sync::OwnedMutexGuard};

use super::{
    Transport,
    link::{Left, Link, Taken},
};
use crate::{counters, lock::Mutex, server::Settings, task};

/// How a transport is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Closing {
    /// In order: a WebSocket with 1000, a poll with 204.
    Normal,
    /// The server shuts down, and there were no words to say so, as on a raw connection: a WebSocket with 1001, a poll with 204.
    Shutdown,
    /// Another took its place: a WebSocket with 1000, a poll with 204.
    Replaced,
    /// The peer does not take what is written to it, so nothing more can be: the transport is cut.
    Cut,
}

/// What a transport is to write, in order.
#[derive(Debug)]
pub struct Batch {
    /// One or more whole messages each; never part of one.
    pub frames: Vec<Bytes>,
    /// Whether they are binary WebSocket messages, or text.
    pub binary: bool,
    /// Whether, after them, the stream is over.
    pub closing: Option<Closing>,
}

/// A transport's hold on a connection. Dropping it means that the transport is gone.
pub struct CoreStream {
    link: Arc<Link>,
    transport: Transport,
    turn: u64,
    left: Left,
    /// The life of the connection, while this stream runs it: on a socket it needs no task of its own.
    life: Mutex<Option<BoxFuture<'static, ()>>>,
}

impl CoreStream {
    pub(super) fn new(link: Arc<Link>, transport: Transport, turn: u64, life: Option<BoxFuture<'static, ()>>) -> Self {
        let life = match life {
            Some(life) if transport != Transport::WebSockets => {
                task::start(life);
                None
            }
            life => life,
        };
        Self { link, transport, turn, left: Left::Lost, life: Mutex::new(life) }
    }

    /// What carries it.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// What holds on its mount.
    pub fn settings(&self) -> &Settings {
        &self.link.mounted.settings
    }

    /// Lets the connection live on while its transport waits for something else. It never resolves.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again.
    pub async fn live(&self) {
        poll_fn(|cx| {
            self.poll_life(cx);
            Poll::Pending
        })
        .await
    }

    fn poll_life(&self, cx: &mut Context<'_>) {
        let mut life = self.life.lock();
        if life.as_mut().is_some_and(|life| life.poll_unpin(cx).is_ready()) {
            *life = None;
        }
    }

    /// Waits until there is something to write, or the stream is over. Meanwhile the connection lives: a transport comes back here soon, or
    /// calls [`live`](Self::live).
    ///
    /// # Cancel safety
    ///
    /// Nothing is taken; it can be dropped and called again.
    pub async fn ready(&self) {
        poll_fn(|cx| {
            self.poll_life(cx);
            self.link.poll_ready(self.turn, cx)
        })
        .await;
    }

    /// Takes everything there is to write.
    pub fn take(&mut self) -> Batch {
        let Some(Taken { frames, binary, closing }) = self.link.take_frames(self.turn) else {
            return Batch { frames: Vec::new(), binary: false, closing: Some(Closing::Replaced) };
        };
        // A poll says that it is over in an answer of its own.
        let told = closing.is_some() && (self.transport != Transport::LongPolling || frames.is_empty());
        if told {
            self.left = Left::Done;
        }
        counters::FRAMES.add(frames.len());
        Batch { frames, binary, closing: closing.filter(|_| told) }
    }

    /// Brings bytes that came. Wait for [`room`](Self::room) before more are read. False if nobody reads them.
    pub fn push(&self, bytes: Bytes) -> bool {
        self.link.push(self.turn, bytes).is_ok()
    }

    /// Waits until more may be brought.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again.
    pub async fn room(&self) {
        // Where nobody reads any more, there is room for what nobody reads.
        let _ = self.link.input.room().await;
    }

    /// The peer has said that it goes: the connection ends, whatever it could outlive otherwise.
    pub fn closed_by_peer(&mut self) {
        if self.left == Left::Lost {
            self.left = Left::Closed;
        }
    }
}

impl Drop for CoreStream {
    fn drop(&mut self) {
        self.link.leave(self.turn, self.left);
        // Whoever comes next, or the end, finds it running.
        if let Some(life) = self.life.get_mut().take()
            && let Ok(runtime) = Handle::try_current()
        {
            task::start_on(&runtime, life);
        }
    }
}

impl fmt::Debug for CoreStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CoreStream")
            .field("connection", &self.link.id)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

/// The body of a POST on its way in. One at a time: the next waits for this one.
pub struct CoreWriter {
    link: Arc<Link>,
    _turn: OwnedMutexGuard<()>,
}

impl CoreWriter {
    pub(super) async fn new(link: Arc<Link>) -> Self {
        let turn = link.posts.clone().lock_owned().await;
        Self { link, _turn: turn }
    }

    /// Brings a piece of the body, and waits until there is room for the next. False if nobody reads it.
    ///
    /// # Cancel safety
    ///
    /// What was brought of the piece stays brought.
    pub async fn write(&self, mut piece: Bytes) -> bool {
        loop {
            let fits = self.link.input.fits().min(piece.len());
            if self.link.input.push(piece.split_to(fits)).is_err() || self.link.input.room().await.is_err() {
                return false;
            }
            if piece.is_empty() {
                return true;
            }
        }
    }
}

impl fmt::Debug for CoreWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CoreWriter").field("connection", &self.link.id).finish_non_exhaustive()
    }
}
