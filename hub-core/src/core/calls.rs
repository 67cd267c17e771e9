//! What of a client is under way: calls that can be cancelled, and upload streams, by the ids that the client chose.

use std::collections::HashMap;

use crate::{dispatch::Uploader, hub::CancellationToken, lock::Mutex};

pub(super) struct Calls {
    max_streams: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Calls that watch their cancellation, and streams.
    cancellable: HashMap<String, CancellationToken>,
    uploads: HashMap<String, Uploader>,
}

/// Why a call cannot begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotBegun {
    /// A call of this id is under way.
    IdInUse,
    /// An upload stream of this id is open.
    StreamInUse(String),
    /// There are as many as there may be.
    TooMany,
}

impl Calls {
    pub(super) fn new(max_streams: usize) -> Self {
        Self { max_streams, state: Mutex::default() }
    }

    /// Notes a call that can be cancelled.
    pub(super) fn begin(&self, id: &str, token: CancellationToken) -> Result<(), NotBegun> {
        let mut state = self.state.lock();
        if state.cancellable.contains_key(id) {
            return Err(NotBegun::IdInUse);
        }
        if state.cancellable.len() >= self.max_streams {
            return Err(NotBegun::TooMany);
        }
        state.cancellable.insert(id.to_owned(), token);
        Ok(())
    }

    pub(super) fn end(&self, id: &str) {
        self.state.lock().cancellable.remove(id);
    }

    /// Cancels a call. One that is not, or no longer, under way is passed over.
    pub(super) fn cancel(&self, id: &str) {
        let token = self.state.lock().cancellable.get(id).cloned();
        if let Some(token) = token {
            token.cancel();
        }
    }

    /// Opens upload streams, all or none.
    pub(super) fn open(&self, uploads: Vec<(String, Uploader)>) -> Result<(), NotBegun> {
        let mut state = self.state.lock();
        for (index, (id, _)) in uploads.iter().enumerate() {
            let is_twice = uploads.iter().take(index).any(|(earlier, _)| earlier == id);
            if is_twice || state.uploads.contains_key(id) {
                return Err(NotBegun::StreamInUse(id.clone()));
            }
        }
        if state.uploads.len().saturating_add(uploads.len()) > self.max_streams {
            return Err(NotBegun::TooMany);
        }
        state.uploads.extend(uploads);
        Ok(())
    }

    pub(super) fn upload(&self, id: &str) -> Option<Uploader> {
        self.state.lock().uploads.get(id).cloned()
    }

    /// Closes an upload stream: the client has ended it, or the call that reads it has ended.
    pub(super) fn close(&self, id: &str, end: Result<(), String>) -> bool {
        let Some(upload) = self.state.lock().uploads.remove(id) else { return false };
        // The first end holds.
        let _ = upload.end.set(end);
        true
    }

    /// The connection is gone: nobody brings anything to what is still open.
    pub(super) fn clear(&self) {
        *self.state.lock() = State::default();
    }
}
