//! One entry of the log, encoded at most once.

use std::{ops::Range, sync::OnceLock};

use bytes::Bytes;

use super::chains::Link;
use crate::{
    connection::ConnectionId,
    groups::GroupName,
    protocol::{
        Wire,
        classic::{Cursor, Epoch, PersistentResponse},
    },
    server::ScopeId,
};

/// A place in the log; the first entry is 1, so 0 is "before everything".
pub(crate) type Seq = u64;

/// What a send carries, not yet tied to a place in the log.
///
/// A wire that nobody spoke when the send was made has no form of it: whoever speaks it came later, and does not hear it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientMessage {
    forms: [Option<Bytes>; Wire::ALL.len()],
}

impl ClientMessage {
    /// The same with its form on one wire more: on the classic one an element of `M`, else a whole frame.
    #[must_use]
    pub(crate) fn with(mut self, wire: Wire, form: Bytes) -> Self {
        if let Some(slot) = self.forms.get_mut(wire.index()) {
            *slot = Some(form);
        }
        self
    }

    /// The form for one wire.
    pub(crate) fn form(&self, wire: Wire) -> Option<&Bytes> {
        self.forms.get(wire.index())?.as_ref()
    }

    /// The longest form.
    fn bytes(&self) -> usize {
        self.forms.iter().flatten().map(Bytes::len).max().unwrap_or(0)
    }
}

/// What an entry says.
#[derive(Debug)]
pub(crate) enum Body {
    /// A send to clients of one hub (or raw connection type), less the listed connections, sorted.
    Send { scope: ScopeId, except: Box<[ConnectionId]>, message: ClientMessage },
    /// Something for one connection whatever it listens to: progress.
    Direct { message: ClientMessage },
    /// The connection of the entry's topic joined a group here.
    Join { scope: ScopeId, group: GroupName },
    /// It left a group that it had joined at `joined`.
    Leave { scope: ScopeId, group: GroupName, joined: Seq },
}

/// One entry. Shared by everyone who is to receive it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub seq: Seq,
    /// When it was appended, in milliseconds of the log's clock.
    pub at_ms: u64,
    pub body: Body,
    pub(super) links: Box<[Link]>,
    frame: OnceLock<(Bytes, Range<usize>)>,
}

impl Entry {
    pub(super) fn new(seq: Seq, at_ms: u64, body: Body, links: Box<[Link]>) -> Self {
        Self { seq, at_ms, body, links, frame: OnceLock::new() }
    }

    /// The message in it, if clients receive one.
    pub(crate) fn message(&self) -> Option<&ClientMessage> {
        match &self.body {
            Body::Send { message, .. } | Body::Direct { message } => Some(message),
            Body::Join { .. } | Body::Leave { .. } => None,
        }
    }

    /// The message in the form of one wire.
    pub(crate) fn form(&self, wire: Wire) -> Option<&Bytes> {
        self.message().and_then(|message| message.form(wire))
    }

    /// The whole classic response around this entry's message, the same for every receiver.
    pub(crate) fn classic_frame(&self, epoch: Epoch) -> Bytes {
        let (frame, _) = self.frame.get_or_init(|| {
            let response = PersistentResponse {
                cursor: Cursor { epoch, position: self.seq },
                initialized: false,
                shutting_down: false,
                groups_token: None,
                long_poll_delay_ms: 0,
            };
            response.encode_one(self.form(Wire::Classic).map_or(&[], |message| &message[..]))
        });
        frame.clone()
    }

    /// What it counts against queues: the message as it will be written.
    pub(crate) fn wire_bytes(&self) -> usize {
        self.message().map_or(0, |message| message.bytes().saturating_add(40))
    }

    /// What it counts against the ring's budget: every block of memory that it is made of. The frame counts from the
    /// beginning, as somebody will want it.
    pub(super) fn ring_bytes(&self) -> usize {
        // Twice a pointer: a place among the entries, and the room to grow beside it.
        let mut bytes = SHARED + size_of::<Self>() + BLOCK + 2 * size_of::<usize>();
        if self.message().is_some() {
            // The message and the frame around it.
            bytes = bytes.saturating_add(self.wire_bytes().saturating_add(SHARED + 2 * BLOCK).saturating_mul(2));
        }
        bytes = bytes.saturating_add(match &self.body {
            Body::Send { except, .. } if except.is_empty() => 0,
            Body::Send { except, .. } => size_of_val(&**except).saturating_add(BLOCK),
            Body::Join { group, .. } | Body::Leave { group, .. } => name_bytes(group.as_str()),
            Body::Direct { .. } => 0,
        });
        bytes.saturating_add(size_of_val(&*self.links)).saturating_add(BLOCK)
    }
}

/// What an allocator adds to a block.
pub(super) const BLOCK: usize = 16;
/// What counts the owners of a shared block.
const SHARED: usize = 2 * size_of::<usize>();

/// What a name takes.
pub(super) fn name_bytes(name: &str) -> usize {
    name.len().saturating_add(SHARED + BLOCK)
}
