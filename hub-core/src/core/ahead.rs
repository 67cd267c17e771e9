//! Looking ahead while the receive loop waits: an acknowledgement is heard behind whatever stands before it (section 4.3).

use std::collections::VecDeque;

use bytes::Bytes;

use super::link::Link;
use crate::{
    lock::Mutex,
    protocol::{
        Encoding,
        core::{Fault, Incoming},
    },
};

/// Frames that were looked at and wait for their time, and the end behind them.
#[derive(Debug, Default)]
pub(super) struct Ahead(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Bytes>,
    bytes: usize,
    end: Option<Result<(), Fault>>,
}

impl Ahead {
    /// Whether more may be looked at: not without a bound, and not where nothing is acknowledged.
    pub(super) fn may_look(&self, link: &Link) -> bool {
        let state = self.0.lock();
        let bound = link.mounted.settings.application_max_buffer_size.max(1);
        state.end.is_none() && state.bytes < bound && link.output.is_stateful()
    }

    /// Takes what the input gave: an acknowledgement at once, anything else for later.
    pub(super) fn look(&self, link: &Link, encoding: Encoding, came: Result<Option<Bytes>, Fault>) {
        let mut state = self.0.lock();
        match came {
            Ok(Some(frame)) => {
                if let Ok(Some(Incoming::Ack { sequence_id })) = encoding.read(&frame) {
                    return link.output.acknowledge(sequence_id);
                }
                state.bytes = state.bytes.saturating_add(frame.len());
                state.frames.push_back(frame);
            }
            Ok(None) => state.end = Some(Ok(())),
            Err(fault) => state.end = Some(Err(fault)),
        }
    }

    /// The next frame, of those that wait or of the input; none at the end. Cancel safe.
    pub(super) async fn next(&self, link: &Link) -> Result<Option<Bytes>, Fault> {
        {
            let mut state = self.0.lock();
            if let Some(frame) = state.frames.pop_front() {
                state.bytes = state.bytes.saturating_sub(frame.len());
                return Ok(Some(frame));
            }
            if let Some(end) = state.end.take() {
                return end.map(|()| None);
            }
        }
        link.input.frame().await
    }
}
