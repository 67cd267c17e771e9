//! The way in: bytes that a transport brings, up to a bound, and frames that the hub loop takes (section 2.1).

use std::{
    future::poll_fn,
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use tokio::{sync::Notify, time::Instant};

use crate::{
    lock::Mutex,
    protocol::{
        Encoding,
        core::{Fault, FrameReader},
    },
};

/// Nobody reads any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

pub(crate) struct Input {
    state: Mutex<State>,
    room: Notify,
    /// Unread bytes at which a writer waits; 0 for never.
    bound: usize,
}

struct State {
    buffer: Buffer,
    /// Whether a writer has to wait: from the bound on, until half of it.
    full: bool,
    /// Whether the reader waits for more than there is.
    hungry: bool,
    /// Since when it waits for a message.
    waiting_since: Option<Instant>,
    ended: bool,
    closed: bool,
    waker: Option<Waker>,
}

enum Buffer {
    Frames(FrameReader),
    Bytes(BytesMut),
}

impl Buffer {
    fn len(&self) -> usize {
        match self {
            Self::Frames(reader) => reader.buffered_bytes(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }
}

impl Input {
    /// For a hub: frames, of at most so many bytes.
    pub(super) fn of_frames(bound: usize, limit_bytes: Option<usize>) -> Self {
        Self::new(bound, Buffer::Frames(FrameReader::new(limit_bytes)))
    }

    /// For a raw connection.
    pub(super) fn of_bytes(bound: usize) -> Self {
        Self::new(bound, Buffer::Bytes(BytesMut::new()))
    }

    fn new(bound: usize, buffer: Buffer) -> Self {
        let state =
            State { buffer, full: false, hungry: false, waiting_since: None, ended: false, closed: false, waker: None };
        Self { state: Mutex::new(state), room: Notify::new(), bound }
    }

    /// Takes bytes. Whoever brings more should wait for [`room`](Self::room) first.
    pub(in crate::core) fn push(&self, bytes: Bytes) -> Result<(), Gone> {
        let mut state = self.state.lock();
        if state.ended || state.closed {
            return Err(Gone);
        }
        match &mut state.buffer {
            Buffer::Frames(reader) => reader.push(bytes),
            Buffer::Bytes(buffer) => buffer.extend_from_slice(&bytes),
        }
        state.full |= self.bound > 0 && state.buffer.len() >= self.bound;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
        Ok(())
    }

    /// How many bytes may be brought before a writer has to wait.
    pub(in crate::core) fn fits(&self) -> usize {
        let state = self.state.lock();
        if self.bound == 0 || state.hungry { usize::MAX } else { self.bound.saturating_sub(state.buffer.len()).max(1) }
    }

    /// Waits until more may be brought. Cancel safe.
    pub(in crate::core) async fn room(&self) -> Result<(), Gone> {
        loop {
            let room = self.room.notified();
            {
                let state = self.state.lock();
                if state.closed {
                    return Err(Gone);
                }
                if !state.full || state.hungry {
                    return Ok(());
                }
            }
            room.await;
        }
    }

    /// Another transport brings what comes from here on: the beginning of a message that the last one brought has no rest.
    pub(in crate::core) fn change_transport(&self) {
        if let Buffer::Frames(reader) = &mut self.state.lock().buffer {
            reader.drop_incomplete();
        }
    }

    /// The transport brings no more.
    pub(in crate::core) fn end(&self) {
        let mut state = self.state.lock();
        state.ended = true;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// Nobody reads any more: who waits to bring something is let go.
    pub(in crate::core) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        drop(state);
        self.room.notify_waiters();
    }

    /// Waits until the transport brings no more. Cancel safe; nobody else may wait for bytes meanwhile.
    pub(in crate::core) async fn ended(&self) {
        poll_fn(|cx| {
            let mut state = self.state.lock();
            if state.ended {
                return Poll::Ready(());
            }
            state.waker = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    pub(in crate::core) fn set_encoding(&self, encoding: Encoding) {
        if let Buffer::Frames(reader) = &mut self.state.lock().buffer {
            reader.set_encoding(encoding);
        }
    }

    /// Since when the reader waits for a message; none while it does something else.
    pub(in crate::core) fn waiting_since(&self) -> Option<Instant> {
        self.state.lock().waiting_since
    }

    /// The next frame; none at the end. Cancel safe.
    pub(in crate::core) async fn frame(&self) -> Result<Option<Bytes>, Fault> {
        poll_fn(|cx| self.poll_frame(cx)).await
    }

    fn poll_frame(&self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Fault>> {
        let mut state = self.state.lock();
        let Buffer::Frames(reader) = &mut state.buffer else { return Poll::Ready(Ok(None)) };
        match reader.next_frame() {
            Ok(None) if state.ended => {}
            Ok(None) => {
                self.starve(&mut state, cx);
                return Poll::Pending;
            }
            found => {
                self.feed(&mut state);
                return Poll::Ready(found);
            }
        }
        match &state.buffer {
            Buffer::Frames(reader) => Poll::Ready(reader.finish().map(|()| None)),
            Buffer::Bytes(_) => Poll::Ready(Ok(None)),
        }
    }

    /// Whatever bytes there are; none at the end. Cancel safe.
    pub(crate) async fn bytes(&self) -> Option<Bytes> {
        poll_fn(|cx| {
            let mut state = self.state.lock();
            let Buffer::Bytes(bytes) = &mut state.buffer else { return Poll::Ready(None) };
            if !bytes.is_empty() {
                let bytes = bytes.split().freeze();
                self.feed(&mut state);
                return Poll::Ready(Some(bytes));
            }
            if state.ended {
                return Poll::Ready(None);
            }
            self.starve(&mut state, cx);
            Poll::Pending
        })
        .await
    }

    fn feed(&self, state: &mut State) {
        state.hungry = false;
        state.waiting_since = None;
        if state.full && state.buffer.len() <= self.bound / 2 {
            state.full = false;
            self.room.notify_waiters();
        }
    }

    fn starve(&self, state: &mut State, cx: &mut Context<'_>) {
        state.waker = Some(cx.waker().clone());
        state.waiting_since.get_or_insert_with(Instant::now);
        if !std::mem::replace(&mut state.hungry, true) {
            self.room.notify_waiters();
        }
    }
}
