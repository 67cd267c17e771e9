//! The way out: what a transport is to write, in order.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::Notify, time::Instant};

use super::{Gone, replay::Replay};
use crate::{
    connection::{Attached, Connection, Drained, Kept, Node, Queued, StreamEnd},
    core::Closing,
    lock::Mutex,
    protocol::{
        Encoding,
        core::{Fault, Outgoing},
    },
};

/// What a connection that ends is still told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::core) enum Farewell {
    /// All that waits for it.
    Whole,
    /// All that waits for it; that the server shuts down is for the transport to say.
    Shutdown,
    /// Why it ends.
    LastWords,
    /// Nothing: it does not read.
    None,
}

/// What a transport takes in one go.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub frames: Vec<Bytes>,
    pub binary: bool,
    pub closing: Option<Closing>,
}

/// All there is to write: of the hub loop itself, and of the connection's outbox.
#[derive(Default)]
pub(crate) struct Output {
    state: Mutex<State>,
    /// Told when a raw connection's bytes were taken.
    room: Notify,
}

#[derive(Default)]
struct State {
    /// The outbox, from the handshake on.
    attached: Option<Attached>,
    encoding: Option<Encoding>,
    /// Written before everything else: the handshake's answer, the bytes of a raw connection.
    first: VecDeque<Bytes>,
    /// What a client that has come back is told: where it stands, and what it missed.
    missed: Vec<Bytes>,
    /// Taken out of the outbox, and not yet counted for want of room.
    held: VecDeque<Bytes>,
    ping: bool,
    acknowledgement: Option<u64>,
    replay: Option<Replay>,
    /// Written behind everything else: what was left when the connection ended, and its last words.
    last: Vec<Bytes>,
    closing: Option<Closing>,
    waker: Option<Waker>,
    /// Since when something waits for the client to acknowledge what it has.
    stuck_since: Option<Instant>,
    /// What waits of a raw connection, in bytes.
    raw_bytes: usize,
    is_raw: bool,
}

impl Output {
    /// Something to be written before what the outbox has.
    pub(in crate::core) fn push(&self, frame: Bytes) {
        let mut state = self.state.lock();
        state.first.push_back(frame);
        state.wake();
    }

    /// From here on frames are in this encoding.
    pub(in crate::core) fn set_encoding(&self, encoding: Encoding) {
        self.state.lock().encoding = Some(encoding);
    }

    /// It is a raw connection: what is written to it is text, and counted in bytes.
    pub(in crate::core) fn set_raw(&self) {
        self.state.lock().is_raw = true;
    }

    /// Writes the bytes of a raw connection when there is room for them. Cancel safe.
    pub(crate) async fn write(&self, bytes: Bytes, bound: usize) -> Result<(), Gone> {
        loop {
            let room = self.room.notified();
            {
                let mut state = self.state.lock();
                if state.closing.is_some() {
                    return Err(Gone);
                }
                if state.raw_bytes < bound {
                    state.raw_bytes = state.raw_bytes.saturating_add(bytes.len());
                    state.first.push_back(bytes);
                    state.wake();
                    return Ok(());
                }
            }
            room.await;
        }
    }

    /// From here on messages are counted, and kept up to so many bytes.
    pub(in crate::core) fn keep(&self, limit_bytes: usize, node: &Node) {
        let held = Arc::new(Kept::new(node.budget()));
        self.state.lock().replay = Some(Replay::new(limit_bytes, held));
    }

    /// From here on there is an outbox.
    pub(in crate::core) fn attach(&self, attached: Attached) {
        let mut state = self.state.lock();
        if let Some(replay) = &state.replay {
            let _ = attached.connection.kept.set(replay.held());
        }
        state.attached = Some(attached);
        state.wake();
    }

    pub(in crate::core) fn is_stateful(&self) -> bool {
        self.state.lock().replay.is_some()
    }

    /// Runs something on the counters of a connection that has them.
    pub(in crate::core) fn replay<T>(&self, change: impl FnOnce(&mut Replay) -> T) -> Option<T> {
        let mut state = self.state.lock();
        let changed = state.replay.as_mut().map(change);
        state.wake();
        changed
    }

    /// Counts a message of the client: whether it is to be looked at.
    pub(in crate::core) fn count(&self) -> bool {
        self.state.lock().replay.as_mut().is_none_or(Replay::count)
    }

    pub(in crate::core) fn sequence(&self, number: i64) -> Result<(), Fault> {
        self.state.lock().replay.as_mut().map_or(Ok(()), |replay| replay.sequence(number))
    }

    pub(in crate::core) fn acknowledge(&self, number: i64) {
        self.replay(|replay| replay.acknowledge(number));
    }

    /// Has a ping written.
    pub(in crate::core) fn ping(&self) {
        let mut state = self.state.lock();
        if state.encoding.is_some() && state.closing.is_none() {
            state.ping = true;
            state.wake();
        }
    }

    /// Has the client told what has arrived, if that is more than it was told.
    pub(in crate::core) fn tell_received(&self) {
        let mut state = self.state.lock();
        if let Some(number) = state.replay.as_mut().and_then(Replay::acknowledgement) {
            state.acknowledgement = Some(number);
            state.wake();
        }
    }

    /// Whether something has waited for so long for the client to acknowledge what it has. To be asked again and again.
    pub(in crate::core) fn is_stuck(&self, now: Instant, limit: Duration) -> bool {
        let mut state = self.state.lock();
        let waits = !state.has_room()
            && (!state.held.is_empty()
                || state.attached.as_ref().is_some_and(|attached| attached.connection.has_queued(attached.stream)));
        if !waits {
            state.stuck_since = None;
            return false;
        }
        now.saturating_duration_since(*state.stuck_since.get_or_insert(now)) >= limit
    }

    /// A client has come back: it is told where it stands, and gets what it missed, before anything new.
    pub(in crate::core) fn resume(&self) {
        let mut state = self.state.lock();
        let (Some(replay), Some(encoding)) = (&state.replay, state.encoding) else { return };
        let (sequence_id, missed) = replay.resume();
        // In place of what an earlier transport did not take: that is missed as well.
        state.missed = std::iter::once(Outgoing::Sequence { sequence_id }.encode(encoding)).chain(missed).collect();
        // Until now it could not acknowledge anything.
        state.stuck_since = None;
        state.wake();
    }

    /// Nothing more will be written but what waits, where that is to be told, and these last words. Nobody comes back from here on, so that
    /// nothing is counted and kept any more.
    pub(in crate::core) fn finish(&self, node: &Node, last_words: Option<Bytes>, farewell: Farewell) {
        let mut state = self.state.lock();
        if state.closing.is_some() {
            return;
        }
        let waiting = state.drain(node, usize::MAX);
        let held = std::mem::take(&mut state.held);
        match farewell {
            Farewell::Whole | Farewell::Shutdown => {
                state.last.extend(held.into_iter().chain(waiting).chain(last_words))
            }
            Farewell::LastWords => state.last.extend(last_words),
            Farewell::None => {
                state.first.clear();
                state.missed.clear();
            }
        }
        let closing = match farewell {
            Farewell::Whole | Farewell::LastWords => Closing::Normal,
            Farewell::Shutdown => Closing::Shutdown,
            Farewell::None => Closing::Cut,
        };
        state.replay = None;
        state.attached = None;
        state.ping = false;
        state.acknowledgement = None;
        state.closing.get_or_insert(closing);
        self.room.notify_waiters();
        state.wake();
    }

    /// Takes all there is.
    pub(in crate::core) fn take(&self, node: &Node) -> Taken {
        let mut state = self.state.lock();
        let encoding = state.encoding.unwrap_or(Encoding::Json);
        let mut frames: Vec<Bytes> = state.first.drain(..).collect();
        frames.append(&mut state.missed);
        if std::mem::take(&mut state.raw_bytes) > 0 {
            self.room.notify_waiters();
        }
        loop {
            while state.has_room()
                && let Some(frame) = state.held.pop_front()
            {
                state.count(&frame);
                frames.push(frame);
            }
            if !state.has_room() {
                break;
            }
            let drained = state.drain(node, usize::MAX);
            if drained.is_empty() {
                break;
            }
            if let Some(replay) = &state.replay {
                replay.hold(&drained);
            }
            state.held = drained;
        }
        if let Some(sequence_id) = state.acknowledgement.take() {
            frames.push(Outgoing::Ack { sequence_id }.encode(encoding));
        }
        if std::mem::take(&mut state.ping) {
            frames.push(Outgoing::Ping.encode(encoding));
        }
        frames.append(&mut state.last);
        Taken { frames, binary: encoding.is_binary(), closing: state.closing }
    }

    /// Ready when there is something to take. Cancel safe.
    pub(in crate::core) fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        let has_own =
            !state.first.is_empty() || !state.missed.is_empty() || state.ping || state.acknowledgement.is_some();
        if has_own || state.closing.is_some() || (state.has_room() && !state.held.is_empty()) {
            return Poll::Ready(());
        }
        state.waker = Some(cx.waker().clone());
        match &state.attached {
            Some(attached) if state.has_room() => attached.connection.poll_ready(attached.stream, cx),
            _ => Poll::Pending,
        }
    }

    /// Wakes whoever waits.
    pub(in crate::core) fn wake(&self) {
        self.state.lock().wake();
    }

    /// The connection, from the handshake on.
    pub(in crate::core) fn connection(&self) -> Option<Arc<Connection>> {
        self.state.lock().attached.as_ref().map(|attached| attached.connection.clone())
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn has_room(&self) -> bool {
        self.replay.as_ref().is_none_or(Replay::has_room)
    }

    fn count(&mut self, frame: &Bytes) {
        if let Some(replay) = &mut self.replay {
            replay.keep(frame);
        }
    }

    /// Takes the frames out of the outbox.
    fn drain(&mut self, node: &Node, at_most: usize) -> VecDeque<Bytes> {
        let Some(attached) = &self.attached else { return VecDeque::new() };
        let wire = attached.connection.wire;
        let Drained { items, end, .. } = node.drain(&attached.connection, attached.stream, at_most);
        if let Some(StreamEnd::Ended(_) | StreamEnd::Replaced) = end {
            // Whoever ended it tells the hub loop as well.
            self.attached = None;
        }
        let frames = items.into_iter().filter_map(|item| match item {
            Queued::Entry(entry) => entry.form(wire).cloned(),
            Queued::Reply(frame) => Some(frame),
            Queued::Init => None,
        });
        frames.collect()
    }
}
