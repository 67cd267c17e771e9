//! A call of a hub method that is under way, and what it gives.

use std::{
    fmt,
    future::{Future, IntoFuture},
    panic::Location,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::{InvokeError, expect::fail, shared::Shared};

/// What a hub method gave back.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reply {
    result: Option<Value>,
    /// Caller state that the method changed.
    pub state: Option<Value>,
}

impl Reply {
    pub(super) fn new(result: Option<Value>, state: Option<Value>) -> Self {
        Self { result, state }
    }

    /// The result as a `T`; a method without one gives `()`, or `None` of an `Option`.
    ///
    /// # Panics
    ///
    /// If it is something else.
    #[track_caller]
    pub fn result<T: DeserializeOwned>(&self) -> T {
        let place = Location::caller();
        let value = self.result.clone().unwrap_or_default();
        T::deserialize(&value)
            .unwrap_or_else(|error| fail(place, &format!("the result {value} is something else: {error}")))
    }

    /// Whether there is a result: methods that return nothing, or `null`, have none on the wire.
    pub fn has_result(&self) -> bool {
        self.result.is_some()
    }
}

/// A call under way, made by [`TestClient::invoke`](super::TestClient::invoke). Await it for its [`Reply`]; dropping it changes nothing.
pub struct Invocation {
    shared: Arc<Shared>,
    id: String,
    answer: oneshot::Receiver<Result<Reply, InvokeError>>,
    progress: mpsc::UnboundedReceiver<Value>,
    patience: Duration,
}

impl Invocation {
    pub(super) fn new(
        shared: Arc<Shared>,
        id: String,
        answer: oneshot::Receiver<Result<Reply, InvokeError>>,
        progress: mpsc::UnboundedReceiver<Value>,
    ) -> Self {
        let patience = shared.kit.patience();
        Self { shared, id, answer, progress, patience }
    }

    /// Waits longer, or less long, for the answer of this call.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Waits for the next progress report.
    ///
    /// # Panics
    ///
    /// If none comes, or it is not a `T`.
    #[track_caller]
    pub fn next_progress<T: DeserializeOwned>(&mut self) -> impl Future<Output = T> + '_ {
        let place = Location::caller();
        async move {
            let Ok(Some(value)) = tokio::time::timeout(self.patience, self.progress.recv()).await else {
                let lately = self.shared.inbox.arrived.lock().lately();
                fail(place, &format!("no progress was reported in {:?}{lately}", self.patience));
            };
            T::deserialize(&value)
                .unwrap_or_else(|error| fail(place, &format!("the progress {value} is something else: {error}")))
        }
    }

    /// The reports that have come and were not looked at.
    pub fn progress_so_far(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.progress.try_recv().ok()).collect()
    }

    /// Waits for the answer, and goes on to give the reports.
    ///
    /// # Errors
    ///
    /// [`InvokeError`].
    pub async fn answer(&mut self) -> Result<Reply, InvokeError> {
        match tokio::time::timeout(self.patience, &mut self.answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(InvokeError::TransportLost),
            Err(_) => Err(InvokeError::NoAnswer { waited: self.patience }),
        }
    }
}

impl IntoFuture for Invocation {
    type Output = Result<Reply, InvokeError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;
    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move { self.answer().await })
    }
}

impl Drop for Invocation {
    fn drop(&mut self) {
        self.shared.inbox.arrived.lock().progress.remove(&self.id);
    }
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation").field("id", &self.id).finish_non_exhaustive()
    }
}
