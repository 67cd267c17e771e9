//! One call, from its message to its completion (sections 3.6, 3.7, 5.4 and 5.5).

use std::{
    collections::VecDeque,
    future::poll_fn,
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
    task::Poll,
};

use bytes::Bytes;
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::{ahead::Ahead, calls::NotBegun, life::suffix, link::Link, rejoin::REJOIN};
use crate::{
    connection::Connection,
    counters,
    dispatch::{Brought, CallFuture, Completion, MethodInfo, Resolution, Upload, Uploader},
    hub::{CallScope, HubError, ItemSink, Reply},
    pipeline::{Authorization, IncomingCall},
    protocol::{
        Encoding, RawValue,
        core::{BindingError, Fault, Invocation, InvocationKind, Outcome, Outgoing},
    },
    server::{Scope, ServedHub, Server, Settings},
    task,
};

/// What a call that took too long is told, with detailed errors.
const CANCELED: &str = "The operation was canceled.";

/// What the calls of one connection share. Cheap to clone.
#[derive(Clone)]
pub(super) struct Calling {
    link: Arc<Link>,
    scope: Scope,
    connection: Arc<Connection>,
    encoding: Encoding,
    ahead: Arc<Ahead>,
}

/// One call that is bound.
struct Bound {
    at: usize,
    id: Option<String>,
    kind: InvocationKind,
    scope: Arc<CallScope>,
    future: CallFuture,
    /// The upload streams, by the ids that the client chose, until they are open.
    uploads: Vec<(String, Uploader)>,
    /// Their ids, from then on.
    open_uploads: Vec<String>,
    uploads_sent: usize,
}

impl Calling {
    pub(super) fn new(link: Arc<Link>, scope: Scope, connection: Arc<Connection>, encoding: Encoding) -> Self {
        Self { link, scope, connection, encoding, ahead: Arc::default() }
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    pub(super) fn server(&self) -> &Arc<Server> {
        &self.link.mounted.server
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.link.mounted.settings
    }

    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    fn served(&self) -> Option<&ServedHub> {
        self.link.mounted.server.hub(self.scope.id())
    }

    fn detailed(&self) -> bool {
        self.link.mounted.settings.detailed_errors
    }

    /// An item of an upload stream. While the stream is full, nothing more of the connection is read.
    pub(super) async fn item(&self, id: &str, item: Bytes) {
        if let Some(upload) = self.link.calls.upload(id) {
            // What reads the stream may itself wait for the client to acknowledge something, so that is heard meanwhile.
            let mut sending = std::pin::pin!(upload.items.send(item));
            loop {
                tokio::select! {
                    biased;
                    // A reader that is gone wants no more.
                    _ = &mut sending => return,
                    came = self.link.input.frame(), if self.ahead.may_look(&self.link) => {
                        self.ahead.look(&self.link, self.encoding, came);
                    }
                }
            }
        }
    }

    /// The end of an upload stream, or the answer to a question. One that is neither is passed over.
    pub(super) fn completion(&self, id: &str, outcome: Outcome<'_>) -> Result<(), Fault> {
        let end = match &outcome {
            Outcome::Error(text) => Err(text.clone().into_owned()),
            Outcome::Void | Outcome::Value(_) => Ok(()),
        };
        if self.link.calls.close(id, end) {
            return Ok(());
        }
        let questions = &self.link.mounted.server.questions;
        match questions.asked(id) {
            None => return Ok(()),
            Some(asked) if asked == self.link.id => {}
            Some(_) => {
                let (connection, invocation) = (self.link.id.to_string(), id.to_owned());
                return Err(Fault::ForeignCompletion { connection, invocation });
            }
        }
        questions.answer(
            id,
            match outcome {
                Outcome::Error(text) => Reply::Error(text.into_owned()),
                Outcome::Void => Reply::Nothing,
                Outcome::Value(value) => Reply::Value(self.encoding, Bytes::copy_from_slice(value.as_bytes())),
            },
        );
        Ok(())
    }

    /// Takes a call. It is polled to its first wait, so that calls begin in the order they arrive, and goes on by itself. Until it may begin,
    /// nothing more of the connection is read.
    pub(super) async fn invoke(&self, invocation: Invocation<'_>) {
        if invocation.target == REJOIN && invocation.kind == InvocationKind::Plain {
            return self.rejoin(&invocation).await;
        }
        counters::CALLS.add(1);
        let id = invocation.id.as_deref().map(str::to_owned);
        let mut bound = match self.bind(&invocation) {
            Ok(bound) => bound,
            Err(text) => return self.complete(id.as_deref(), Err(&text)).await,
        };
        let Some(info) = self.served().and_then(|served| served.hub.method(bound.at)) else { return };
        let takes_turn = !info.streams && info.uploads == 0 && bound.uploads_sent == 0 && !info.parallel;
        if takes_turn {
            let turn = self.turn().await;
            *bound.scope.turn.lock() = turn;
            if info.can_be_cancelled
                && let Some(id) = &bound.id
                && let Err(not_begun) = self.link.calls.begin(id, bound.scope.cancellation.clone())
            {
                let text = self.not_begun(not_begun, info, bound.id.as_deref());
                return self.complete(bound.id.as_deref(), Err(&text)).await;
            }
            let calling = self.clone();
            return start(Box::pin(async move {
                match calling.admit(&mut bound).await {
                    Ok(()) => calling.run(bound).await,
                    Err(text) => {
                        if let Some(id) = &bound.id {
                            calling.link.calls.end(id);
                        }
                        calling.complete(bound.id.as_deref(), Err(&text)).await;
                    }
                }
            }))
            .await;
        }
        // What comes behind such a call may be for its streams: they are opened before anything else is read.
        match self.admit(&mut bound).await {
            Ok(()) => {
                let calling = self.clone();
                start(Box::pin(async move { calling.run(bound).await })).await;
            }
            Err(text) => self.complete(bound.id.as_deref(), Err(&text)).await,
        }
    }

    /// Waits for a turn among the calls of the connection. If its client is gone by then, the calls that run are told.
    async fn turn(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        let mut waiting = std::pin::pin!(self.connection.calls.clone().acquire_owned());
        loop {
            let may_look = self.ahead.may_look(&self.link);
            tokio::select! {
                biased;
                turn = &mut waiting => return turn.ok(),
                came = self.link.input.frame(), if may_look => self.ahead.look(&self.link, self.encoding, came),
                () = self.link.input.ended(), if !may_look => break,
            }
        }
        self.connection.ended.cancel();
        waiting.await.ok()
    }

    /// The next frame of the client; none at the end. Cancel safe.
    pub(super) async fn frame(&self) -> Result<Option<Bytes>, Fault> {
        self.ahead.next(&self.link).await
    }

    /// Finds the method and reads the arguments.
    fn bind(&self, invocation: &Invocation<'_>) -> Result<Bound, String> {
        let Some(served) = self.served() else { return Err(String::new()) };
        let target = &*invocation.target;
        let provided = invocation.arguments.as_ref().map_or(usize::MAX, |arguments| arguments.len());
        let failed = |name: &str, error: BindingError| {
            let detail = if self.detailed() { format!(" InvalidDataException: {error}") } else { String::new() };
            format!("Failed to invoke '{name}' due to an error on the server.{detail}")
        };
        let (at, error) = match served.hub.resolve(target, provided) {
            Resolution::Unknown => {
                let target = clipped(target);
                return Err(format!(
                    "Failed to invoke '{target}' due to an error on the server. HubException: Method does not exist."
                ));
            }
            Resolution::OtherArity(at) => {
                let expected = served.hub.method(at).map_or(0, |info| info.parameters.len());
                (at, Some(BindingError::Count { provided, expected }))
            }
            Resolution::Method(at) => (at, None),
        };
        let Some(info) = served.hub.method(at) else { return Err(String::new()) };
        let arguments = match &invocation.arguments {
            Ok(arguments) => arguments,
            Err(error) => return Err(failed(&info.name, *error)),
        };
        if let Some(error) = error {
            return Err(failed(&info.name, error));
        }
        let settings = &self.link.mounted.settings;
        let server = self.link.mounted.server.clone();
        let id = invocation.id.as_deref().map(str::to_owned);
        let scope = CallScope::new(server, self.scope.clone(), self.connection.clone(), self.connection.request());
        let encoding = self.encoding;
        let items = id
            .clone()
            .filter(|_| info.streams)
            .map(|id| ItemSink::new(move |item| Outgoing::StreamItem { id: &id, item }.encode(encoding)));
        let scope = Arc::new(CallScope { encoding, items, ..scope });
        let values: Vec<RawValue<'_>> = arguments.iter().collect();
        let (uploaders, uploads): (Vec<Uploader>, VecDeque<Upload>) =
            (0..info.uploads).map(|_| Upload::new(settings.stream_buffer_capacity, encoding)).unzip();
        let brought = Brought { values: &values, max_depth: None, uploads };
        let future = served.hub.bind(at, brought, scope.clone()).map_err(|error| {
            tracing::debug!(connection = %self.link.id, method = info.name, %error, "arguments do not fit");
            failed(&info.name, BindingError::Arguments)
        })?;
        let uploads = invocation.stream_ids.iter().map(|id| id.into_owned()).zip(uploaders).collect();
        let uploads_sent = invocation.stream_ids.len();
        Ok(Bound { at, id, kind: invocation.kind, scope, future, uploads, open_uploads: Vec::new(), uploads_sent })
    }

    /// Whether a call may run: the caller may, it asks for what the method gives, its streams are right and open.
    async fn admit(&self, bound: &mut Bound) -> Result<(), String> {
        let served = self.served().ok_or_else(String::new)?;
        let info = served.hub.method(bound.at).ok_or_else(String::new)?;
        let name = &info.name;
        let authorization =
            Authorization { hub: served.scope.name(), method: Some(name), request: &bound.scope.request };
        let asked = AssertUnwindSafe(served.chain.authorize_method().run(authorization)).catch_unwind();
        // A module that panics has not agreed.
        if !asked.await.unwrap_or_default() {
            return Err(format!("Failed to invoke '{name}' because user is unauthorized"));
        }
        match (bound.kind, info.streams) {
            (InvocationKind::Plain, true) => {
                return Err(format!(
                    "The client attempted to invoke the streaming '{name}' method with a non-streaming invocation."
                ));
            }
            (InvocationKind::Streaming, false) => {
                return Err(format!(
                    "The client attempted to invoke the non-streaming '{name}' method with a streaming invocation."
                ));
            }
            _ => {}
        }
        if bound.uploads_sent != info.uploads {
            let (sent, expected) = (bound.uploads_sent, info.uploads);
            return Err(format!(
                "An unexpected error occurred invoking '{name}' on the server. HubException: Client sent {sent} stream(s), Hub method expects {expected}."
            ));
        }
        let has_no_turn = bound.scope.turn.lock().is_none();
        let cancellable = info.streams || (info.can_be_cancelled && has_no_turn);
        if let Some(id) = bound.id.as_deref().filter(|_| cancellable) {
            let begun = self.link.calls.begin(id, bound.scope.cancellation.clone());
            begun.map_err(|not_begun| self.not_begun(not_begun, info, bound.id.as_deref()))?;
        }
        bound.open_uploads = bound.uploads.iter().map(|(id, _)| id.clone()).collect();
        if let Err(not_begun) = self.link.calls.open(std::mem::take(&mut bound.uploads)) {
            if let Some(id) = bound.id.as_deref().filter(|_| cancellable) {
                self.link.calls.end(id);
            }
            return Err(self.not_begun(not_begun, info, bound.id.as_deref()));
        }
        Ok(())
    }

    fn not_begun(&self, not_begun: NotBegun, info: &MethodInfo, id: Option<&str>) -> String {
        let detail = match not_begun {
            NotBegun::IdInUse => return format!("Invocation ID '{}' is already in use.", id.unwrap_or_default()),
            NotBegun::StreamInUse(id) => format!("Stream ID '{id}' is already in use."),
            NotBegun::TooMany => "There are too many streams on this connection.".to_owned(),
        };
        format!("An unexpected error occurred invoking '{}' on the server. HubException: {detail}", info.name)
    }

    /// Runs a call to its end. A panic, an error or a time-out of the hub's code is an error of the call, never more.
    async fn run(&self, bound: Bound) {
        let Bound { at, id, scope, future, open_uploads, .. } = bound;
        let Some(served) = self.served() else { return };
        let Some(info) = served.hub.method(at) else { return };
        let span =
            tracing::debug_span!("call", hub = served.scope.name(), method = &*info.name, connection = %self.link.id);
        let outcome = {
            let running = AssertUnwindSafe(self.through_modules(served, info, &scope, future)).catch_unwind();
            let cancelled = async {
                match &scope.items {
                    Some(_) => scope.cancellation.cancelled().await,
                    None => std::future::pending().await,
                }
            };
            async {
                tokio::select! {
                    biased;
                    // A stream that nobody wants any more is dropped, and that is no failure.
                    () = cancelled => Ok(Bytes::new()),
                    outcome = running => outcome.unwrap_or_else(|_| {
                        tracing::error!("a hub method, or code around it, panicked");
                        Err(HubError::internal("The hub method panicked."))
                    }),
                }
            }
            .instrument(span.clone())
            .await
        };
        for id in &open_uploads {
            self.link.calls.close(id, Ok(()));
        }
        if let Some(id) = &id
            && (info.streams || info.can_be_cancelled)
        {
            self.link.calls.end(id);
        }
        scope.completed.store(true, Ordering::Release);
        match outcome {
            Ok(_) if info.streams => self.complete(id.as_deref(), Ok(None)).await,
            Ok(result) => self.complete(id.as_deref(), Ok(Some(&result))).await,
            Err(error) => {
                if error.for_client().is_none() {
                    tracing::error!(hub = served.scope.name(), method = info.name, connection = %self.link.id, ?error, "a hub method failed");
                }
                let beginning = match &scope.items {
                    Some(items) if items.has_begun() => {
                        "An error occurred on the server while streaming results.".to_owned()
                    }
                    _ => format!("An unexpected error occurred invoking '{}' on the server.", info.name),
                };
                let text = format!("{beginning}{}", suffix(&error, self.detailed()));
                self.complete(id.as_deref(), Err(&text)).await;
            }
        }
        // The next call begins when this one's completion is on its way.
        drop(scope.turn.lock().take());
    }

    async fn through_modules(
        &self,
        served: &ServedHub,
        info: &MethodInfo,
        scope: &CallScope,
        future: CallFuture,
    ) -> Completion {
        let running = async {
            if !served.chain.has_incoming() {
                return future.await;
            }
            let call = IncomingCall {
                hub: served.scope.name(),
                method: &info.name,
                parameters: &info.parameters,
                connection: self.link.id,
                request: &scope.request,
                encoding: self.encoding,
            };
            served.chain.incoming(future).run(call).await
        };
        match self.link.mounted.settings.call_timeout {
            None => running.await,
            Some(limit) => {
                tokio::time::timeout(limit, running).await.unwrap_or_else(|_| Err(HubError::internal(CANCELED)))
            }
        }
    }

    /// Writes the completion of a call that has an id.
    pub(super) async fn complete(&self, id: Option<&str>, outcome: Result<Option<&[u8]>, &str>) {
        let Some(id) = id else {
            if let Err(text) = outcome {
                tracing::debug!(connection = %self.link.id, text, "a call that nobody waits for failed");
            }
            return;
        };
        let frame = Outgoing::Completion { id, outcome }.encode(self.encoding);
        self.link.mounted.server.node.reply_when_room(&self.connection, frame).await;
    }
}

/// Polls once, and lets what waits go on as a task of its own.
async fn start(mut running: task::Task) {
    let first = poll_fn(|cx| Poll::Ready(running.as_mut().poll(cx))).await;
    if first.is_pending() {
        task::start(running);
    }
}

/// The beginning of a name that is longer than any method can have, and so need not be repeated whole.
fn clipped(name: &str) -> &str {
    const MAX_BYTES: usize = 256;
    name.get(..name.floor_char_boundary(MAX_BYTES)).unwrap_or(name)
}
