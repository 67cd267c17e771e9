//! One invocation, from its text to its response (sections 3.2 to 3.5).

use std::{
    borrow::Cow,
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::mounted::{Mounted, Serves};
use crate::{
    connection::Connection,
    counters,
    dispatch::{Brought, Completion, Resolution},
    hub::{CallScope, HubError, Request, StateBag},
    lock::Mutex,
    pipeline::{Authorization, IncomingCall},
    protocol::{
        Encoding, RawValue,
        classic::{HubResponse, Invocation, InvocationId, MAX_DEPTH},
    },
    raw::RawContext,
    server::{ServedHub, Settings},
};

/// What a call that took too long is told, with detailed errors.
const CANCELED: &str = "The operation was canceled.";

/// What becomes of a message.
#[derive(Debug)]
pub(super) enum Answer {
    /// The response to an invocation.
    Response(Bytes),
    /// A raw message has no answer.
    Nothing,
    /// It was no invocation of anything here: over HTTP a refusal, over a WebSocket an error response.
    NoInvocation { reason: Cow<'static, str>, response: Bytes },
}

/// Runs an invocation. A panic, an error or a time-out of the hub's code is an error response, never more.
pub(super) async fn invoke(
    mounted: Arc<Mounted>,
    connection: Arc<Connection>,
    request: Request,
    text: String,
) -> Answer {
    if let Serves::Raw(scope) = &mounted.serves {
        let Some(raw) = mounted.server.raw(scope.id()) else { return Answer::Nothing };
        let context = RawContext::new(mounted.server.clone(), scope.clone(), connection.clone(), request);
        match AssertUnwindSafe(raw.handler.received(context, text)).catch_unwind().await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(connection = %connection.id, ?error, "a raw message could not be handled")
            }
            Err(_) => tracing::error!(connection = %connection.id, "the handler of a raw message panicked"),
        }
        return Answer::Nothing;
    }
    let invocation = match Invocation::parse(&text) {
        Ok(invocation) => invocation,
        Err(error) => return no_invocation(Cow::Borrowed(error.reason), &error.id),
    };
    let Some(served) = mounted.server.hub_named(&invocation.hub) else {
        let reason = if mounted.settings.detailed_errors {
            Cow::Owned(format!("'{}' Hub could not be resolved.", invocation.hub))
        } else {
            Cow::Borrowed("The hub could not be resolved.")
        };
        return no_invocation(reason, &invocation.id);
    };
    counters::CALLS.add(1);
    let span = tracing::debug_span!("call", hub = served.scope.name(), method = &*invocation.method, connection = %connection.id);
    let (hub, method, id) = (invocation.hub.clone(), invocation.method.clone(), invocation.id.clone());
    let called = AssertUnwindSafe(call(&mounted, served, connection, request, invocation)).catch_unwind();
    let response = called.instrument(span.clone()).await.unwrap_or_else(|_| {
        let _entered = span.entered();
        tracing::error!("a hub method, or code around it, panicked");
        let text =
            error_text(mounted.of_hub(served.scope.id()), &hub, &method, Cow::Borrowed("The hub method panicked."));
        HubResponse { error: Some((&text, false, None)), ..HubResponse::default() }.encode(&id)
    });
    Answer::Response(response)
}

fn no_invocation(reason: Cow<'static, str>, id: &InvocationId) -> Answer {
    let response = HubResponse { error: Some((&reason, false, None)), ..HubResponse::default() }.encode(id);
    Answer::NoInvocation { reason, response }
}

async fn call(
    mounted: &Mounted,
    served: &ServedHub,
    connection: Arc<Connection>,
    request: Request,
    invocation: Invocation<'_>,
) -> Bytes {
    let settings = mounted.of_hub(served.scope.id());
    let Invocation { hub, method, arguments, id, state } = invocation;
    // The detail is only made where it is told: it may repeat a long name.
    let failure = |detail: &dyn Fn() -> Cow<'static, str>| {
        let text = if settings.detailed_errors { detail() } else { general_text(&hub, &method) };
        HubResponse { error: Some((&text, false, None)), ..HubResponse::default() }.encode(&id)
    };
    let resolution = served.hub.resolve(&method, arguments.len());
    let (at, info) = match resolution {
        Resolution::Method(at) => (at, served.hub.method(at)),
        Resolution::OtherArity(_) | Resolution::Unknown => (0, None),
    };
    let name = info.map(|info| info.name.as_str());
    // The check of the hub holds for methods that do not exist as well, so that a stranger cannot find out which do.
    let authorization = Authorization { hub: served.scope.name(), method: name, request: &request };
    let asked = served.chain.authorize_method().run(authorization);
    let Some(agreed) = within(settings.call_timeout, asked).await else {
        return failure(&|| Cow::Borrowed(CANCELED));
    };
    if !agreed {
        return failure(&|| {
            let (method, hub) = (name.unwrap_or(&method), served.scope.name());
            Cow::Owned(format!("Caller is not authorized to invoke the {method} method on {hub}."))
        });
    }
    let Some(info) = info else { return failure(&|| unresolved(served, &method, resolution)) };
    if info.streams || info.uploads > 0 {
        let text = format!("The method '{}' streams; this connection cannot.", info.name);
        return HubResponse { error: Some((&text, false, None)), ..HubResponse::default() }.encode(&id);
    }
    let scope = CallScope::new(mounted.server.clone(), served.scope.clone(), connection.clone(), request);
    let scope = Arc::new(CallScope { state: Mutex::new(StateBag::new(state)), invocation: Some(id.clone()), ..scope });
    let values: Vec<RawValue<'_>> =
        arguments.iter().map(|value| RawValue::new(Encoding::Json, value.get().as_bytes())).collect();
    let brought = Brought { values: &values, max_depth: Some(MAX_DEPTH), uploads: Default::default() };
    let bound = match served.hub.bind(at, brought, scope.clone()) {
        Ok(bound) => bound,
        Err(error) => return failure(&|| Cow::Owned(error.to_string())),
    };
    let running = async {
        if !served.chain.has_incoming() {
            return bound.await;
        }
        let call = IncomingCall {
            hub: served.scope.name(),
            method: &info.name,
            parameters: &info.parameters,
            connection: connection.id,
            request: &scope.request,
            encoding: scope.encoding,
        };
        served.chain.incoming(bound).run(call).await
    };
    // However the call ends, a panic included, progress after its end is an error.
    let _completed = Completed(&scope);
    let completion = within(settings.call_timeout, running).await.unwrap_or_else(|| Err(HubError::internal(CANCELED)));
    scope.completed.store(true, Ordering::Release);
    respond(settings, &scope, (&hub, &method), &id, completion)
}

/// Marks a call as completed when it is dropped.
struct Completed<'a>(&'a CallScope);

impl Drop for Completed<'_> {
    fn drop(&mut self) {
        self.0.completed.store(true, Ordering::Release);
    }
}

/// What it gives, unless it takes longer than the limit.
pub(super) async fn within<T>(limit: Option<Duration>, running: impl Future<Output = T>) -> Option<T> {
    match limit {
        None => Some(running.await),
        Some(limit) => tokio::time::timeout(limit, running).await.ok(),
    }
}

fn respond(
    settings: &Settings,
    scope: &CallScope,
    spelled: (&str, &str),
    id: &InvocationId,
    completion: Completion,
) -> Bytes {
    let state = scope.state.lock().changes();
    let state = state.as_deref();
    match completion {
        Ok(result) => HubResponse { state, result: Some(&result), error: None }.encode(id),
        Err(error) => match error.for_client() {
            Some((text, data)) => {
                // An empty error would read as success on this wire.
                let text = if text.is_empty() { "error" } else { text };
                let error = Some((text, true, data.map(|data| data.get())));
                HubResponse { state, result: None, error }.encode(id)
            }
            None => {
                tracing::error!(hub = scope.scope.name(), method = spelled.1, connection = %scope.connection.id, ?error, "a hub method failed");
                let text = error_text(settings, spelled.0, spelled.1, Cow::Owned(error.to_string()));
                HubResponse { state, result: None, error: Some((&text, false, None)) }.encode(id)
            }
        },
    }
}

/// The text for the client of an error that is not meant for it.
fn error_text<'a>(settings: &Settings, hub: &str, method: &str, detail: Cow<'a, str>) -> Cow<'a, str> {
    if settings.detailed_errors { detail } else { general_text(hub, method) }
}

/// The generic text, with hub and method as the client spelled them.
fn general_text(hub: &str, method: &str) -> Cow<'static, str> {
    Cow::Owned(format!("There was an error invoking Hub method '{}.{}'.", clipped(hub), clipped(method)))
}

/// The beginning of a name that is longer than any hub or method can have, and so need not be repeated whole.
fn clipped(name: &str) -> &str {
    const MAX_BYTES: usize = 256;
    name.get(..name.floor_char_boundary(MAX_BYTES)).unwrap_or(name)
}

fn unresolved(served: &ServedHub, method: &str, resolution: Resolution) -> Cow<'static, str> {
    let method = clipped(method);
    if resolution == Resolution::Unknown {
        return Cow::Owned(format!("'{method}' method could not be resolved. No method found with that name."));
    }
    let mut text = format!("'{method}' method could not be resolved. Potential candidates are: ");
    for info in served.hub.methods().into_iter().filter(|info| info.name.to_lowercase() == method.to_lowercase()) {
        text.push_str(&format!("\n{}({})", info.name, info.parameters.join(", ")));
    }
    Cow::Owned(text)
}
