//! Progress of a call, reported before its result.

use std::{fmt, marker::PhantomData, sync::Arc, sync::atomic::Ordering};

use serde::Serialize;

use crate::{
    hub::CallScope,
    log::ClientMessage,
    protocol::{EncodeError, Encoding, Wire, classic},
};

/// Reports progress of the call that takes it: `progress: &Progress<u32>`.
///
/// Reports go to the caller alone, in order, and count like its other messages. Clients of the current generation
/// have no progress: for them reports go nowhere.
pub struct Progress<T> {
    scope: Arc<CallScope>,
    value: PhantomData<fn(T)>,
}

/// Why a report was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProgressError {
    /// The call has its result already.
    #[error("You cannot report progress on a hub method invocation that has already completed.")]
    Completed,
    /// The value cannot be serialised: an infinity or NaN, say.
    #[error("the progress value cannot be serialised")]
    Encode(#[source] EncodeError),
}

impl<T: Serialize> Progress<T> {
    pub(crate) fn new(scope: Arc<CallScope>) -> Self {
        Self { scope, value: PhantomData }
    }

    /// Reports a value.
    ///
    /// # Errors
    ///
    /// [`ProgressError`]; nothing is sent then.
    pub fn report(&self, value: &T) -> Result<(), ProgressError> {
        let Some(id) = &self.scope.invocation else { return Ok(()) };
        if self.scope.completed.load(Ordering::Acquire) {
            return Err(ProgressError::Completed);
        }
        let value = Encoding::Json.encode(value).map_err(ProgressError::Encode)?;
        let state = self.scope.state.lock().changes();
        let message =
            ClientMessage::default().with(Wire::Classic, classic::progress(id, &value, state.as_deref()).into());
        self.scope.server.node.send_direct(&self.scope.connection, message);
        Ok(())
    }
}

impl<T> fmt::Debug for Progress<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}
