//! Client results: a client is asked, and answers.

use std::{
    collections::HashMap,
    fmt,
    future::{Future, IntoFuture},
    marker::PhantomData,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::{
    connection::ConnectionId,
    hub::{CallScope, CancellationToken},
    lock::Mutex,
    protocol::{EncodeError, Encoding},
    server::Server,
};

/// Why a client gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The connection's generation has no results: a classic client cannot be asked.
    #[error("the connection's generation has no results")]
    NoResults,
    /// An argument cannot be serialised.
    #[error("an argument of the client call cannot be serialised")]
    Encode(#[source] EncodeError),
    /// A pipeline module refused the call.
    #[error(transparent)]
    Refused(crate::hub::SendError),
    /// In the connected event nobody reads what the client says.
    #[error("Client results inside OnConnectedAsync Hub methods are not allowed.")]
    NotHere,
    /// No connection of this id is known.
    #[error("Connection '{0}' does not exist.")]
    NoConnection(String),
    /// It ended before it answered.
    #[error("Connection '{0}' disconnected.")]
    Disconnected(ConnectionId),
    /// The client answered with an error: the text is its own.
    #[error("{0}")]
    Client(String),
    /// The client's answer is not what was asked for.
    #[error("Error trying to deserialize result to {expected}. {detail}")]
    Value {
        /// What was asked for.
        expected: &'static str,
        /// What the library of the encoding says.
        detail: String,
    },
    /// The client ended the call without an answer.
    #[error("The client did not give a result.")]
    NoAnswer,
    /// The limit passed, or the token fired, that the call was given.
    #[error("Invocation canceled by the server.")]
    Canceled,
}

impl AnswerError {
    /// Whether the text is fit for a client: it came from one, or says no more than that there is no answer.
    pub fn is_for_client(&self) -> bool {
        matches!(self, Self::NoResults | Self::Client(_) | Self::Value { .. } | Self::NoAnswer | Self::Canceled)
    }
}

/// What came back to a question.
#[derive(Debug)]
pub(crate) enum Reply {
    Value(Encoding, Bytes),
    Nothing,
    Error(String),
    Disconnected,
}

/// The questions of a server that wait for their answers, by the ids that they went out with.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    last: AtomicU64,
    waiting: Mutex<HashMap<String, (ConnectionId, oneshot::Sender<Reply>)>>,
}

impl Questions {
    /// Notes a question to a connection, and gives the id that it goes out with.
    pub(crate) fn put(&self, to: ConnectionId) -> (String, oneshot::Receiver<Reply>) {
        let number = self.last.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        // The letter keeps them apart from what clients choose for streams.
        let id = format!("s{number}");
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().insert(id.clone(), (to, sender));
        (id, receiver)
    }

    /// Whom a question was put to.
    pub(crate) fn asked(&self, id: &str) -> Option<ConnectionId> {
        self.waiting.lock().get(id).map(|(asked, _)| *asked)
    }

    /// Ends a question with what came back.
    pub(crate) fn answer(&self, id: &str, reply: Reply) {
        if let Some((_, sender)) = self.waiting.lock().remove(id) {
            // Nobody waits any more: then the answer is late.
            let _ = sender.send(reply);
        }
    }

    /// Ends every question to a connection that has ended.
    pub(crate) fn disconnected(&self, connection: ConnectionId) {
        let mut waiting = self.waiting.lock();
        let ids: Vec<String> =
            waiting.iter().filter(|(_, (asked, _))| *asked == connection).map(|(id, _)| id.clone()).collect();
        for id in ids {
            if let Some((_, sender)) = waiting.remove(&id) {
                let _ = sender.send(Reply::Disconnected);
            }
        }
    }

    fn forget(&self, id: &str) {
        self.waiting.lock().remove(id);
    }
}

/// A question under way. Dropping it forgets the question: an answer that still comes is ignored.
struct Asked {
    server: Arc<Server>,
    id: String,
    connection: ConnectionId,
    reply: oneshot::Receiver<Reply>,
    /// The call that asks: it gives its turn away while it waits.
    asker: Option<Arc<CallScope>>,
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.server.questions.forget(&self.id);
    }
}

/// A client's answer, awaited. The question is under way already; without a limit it is waited for as long as the connection lives.
///
/// # Cancel safety
///
/// Dropping it, or the future made from it, forgets the question.
#[must_use = "an answer is there for the one who awaits it"]
pub struct Answer<T> {
    asked: Result<Asked, AnswerError>,
    within: Option<Duration>,
    until: Option<CancellationToken>,
    value: PhantomData<fn() -> T>,
}

impl<T> Answer<T> {
    pub(crate) fn failed(error: AnswerError) -> Self {
        Self { asked: Err(error), within: None, until: None, value: PhantomData }
    }

    pub(crate) fn waiting(
        server: Arc<Server>,
        id: String,
        connection: ConnectionId,
        reply: oneshot::Receiver<Reply>,
        asker: Option<Arc<CallScope>>,
    ) -> Self {
        Self {
            asked: Ok(Asked { server, id, connection, reply, asker }),
            within: None,
            until: None,
            value: PhantomData,
        }
    }

    /// Waits no longer than this: then [`AnswerError::Canceled`].
    pub fn within(mut self, limit: Duration) -> Self {
        self.within = Some(limit);
        self
    }

    /// Waits until this token fires: then [`AnswerError::Canceled`].
    pub fn until(mut self, token: &CancellationToken) -> Self {
        self.until = Some(token.clone());
        self
    }
}

impl<T: DeserializeOwned> Answer<T> {
    async fn wait(self) -> Result<T, AnswerError> {
        let mut asked = self.asked?;
        let turn = asked.asker.take().and_then(CallScope::give_turn_away);
        let limit = async {
            match self.within {
                Some(limit) => tokio::time::sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        let fired = async {
            match &self.until {
                Some(token) => token.cancelled().await,
                None => std::future::pending().await,
            }
        };
        // Who asks waits for room like who sends: a client that makes none is disconnected, which is the reply.
        let (server, connection) = (asked.server.clone(), asked.connection);
        let room = async {
            if let Some(connection) = server.node.find(&connection) {
                server.node.wait_for_room(&connection).await;
            }
            std::future::pending::<()>().await;
        };
        let reply = tokio::select! {
            biased;
            reply = &mut asked.reply => Ok(reply.unwrap_or(Reply::Disconnected)),
            () = room => Ok(Reply::Disconnected),
            () = limit => Err(AnswerError::Canceled),
            () = fired => Err(AnswerError::Canceled),
        };
        if let Some(turn) = turn {
            turn.take_again().await;
        }
        match reply? {
            Reply::Value(encoding, bytes) => encoding.decode(&bytes).map_err(|error| AnswerError::Value {
                expected: std::any::type_name::<T>(),
                detail: error.to_string(),
            }),
            Reply::Nothing => Err(AnswerError::NoAnswer),
            Reply::Error(text) => Err(AnswerError::Client(text)),
            Reply::Disconnected => Err(AnswerError::Disconnected(asked.connection)),
        }
    }
}

impl<T: DeserializeOwned + 'static> IntoFuture for Answer<T> {
    type Output = Result<T, AnswerError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.wait())
    }
}

impl<T> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("error", &self.asked.as_ref().err()).finish_non_exhaustive()
    }
}
