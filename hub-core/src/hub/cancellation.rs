//! A call's cancellation, as its method sees it.

use std::fmt;

/// Fires when the client cancels the call, or the call's connection ends. A hub method takes it by reference: `stop: &CancellationToken`.
///
/// It is for the method to look at: a plain call that is cancelled runs on and ends as it likes. A stream that is cancelled is dropped, token
/// or not. Clones watch the same call. Clients of the classic generation cannot cancel a call; the token fires when their connection ends.
///
/// ```
/// use std::time::Duration;
/// use hub_core::{CancellationToken, HubError, HubResult, hub};
///
/// #[hub]
/// pub struct Work;
///
/// #[hub]
/// impl Work {
///     #[hub_method]
///     async fn long(&self, stop: &CancellationToken) -> HubResult<&'static str> {
///         tokio::select! {
///             () = tokio::time::sleep(Duration::from_secs(60)) => Ok("done"),
///             () = stop.cancelled() => Err(HubError::internal("cancelled")),
///         }
///     }
/// }
/// ```
#[derive(Clone, Default)]
pub struct CancellationToken(tokio_util::sync::CancellationToken);

impl CancellationToken {
    /// One that fires with this one, or alone.
    pub(crate) fn child(&self) -> Self {
        Self(self.0.child_token())
    }

    pub(crate) fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether it has fired.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until it fires.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again.
    pub async fn cancelled(&self) {
        self.0.cancelled().await;
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancellationToken").field("is_cancelled", &self.is_cancelled()).finish()
    }
}
