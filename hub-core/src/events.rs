//! Connected, reconnected and disconnected events: through the pipeline, to every hub concerned, side by side.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt as _, future::BoxFuture};
use tracing::Instrument as _;

use crate::{
    connection::{Connection, Turn},
    dispatch::Event,
    hub::{CallScope, ConnectionGroups, HubError, HubResult, Request},
    pipeline::ConnectionEvent,
    server::{Scope, ScopeId, Server},
    task,
};

/// Raises an event on these hubs when its turn has come. Gives the hubs on which it failed; failures and panics have been logged.
///
/// It is boxed so that it is compiled here, and not once more in each crate that awaits a mount.
pub(crate) fn run_all<'a>(
    server: &'a Arc<Server>,
    connection: &'a Arc<Connection>,
    request: &'a Request,
    scopes: &'a [ScopeId],
    event: Event,
    turn: Turn,
) -> BoxFuture<'a, Vec<ScopeId>> {
    Box::pin(side_by_side(server, connection, request, scopes, event, turn))
}

async fn side_by_side(
    server: &Arc<Server>,
    connection: &Arc<Connection>,
    request: &Request,
    scopes: &[ScopeId],
    event: Event,
    mut turn: Turn,
) -> Vec<ScopeId> {
    turn.has_come().await;
    let running = scopes.iter().filter_map(|id| server.scope(*id)).map(|scope| async move {
        let span = tracing::info_span!("event", hub = scope.name(), connection = %connection.id, ?event);
        let outcome = AssertUnwindSafe(run(server, connection, request, &scope, event))
            .catch_unwind()
            .instrument(span.clone())
            .await;
        let _entered = span.entered();
        match outcome {
            Ok(Ok(())) => None,
            Ok(Err(error)) => {
                tracing::error!(?error, "an event failed");
                Some(scope.id())
            }
            Err(_) => {
                tracing::error!("an event panicked");
                Some(scope.id())
            }
        }
    });
    task::join(running).await.into_iter().flatten().collect()
}

/// Raises an event on one hub, for who runs the events of a connection one after the other. A panic is an error.
pub(crate) async fn run_one(
    server: &Arc<Server>,
    connection: &Arc<Connection>,
    request: &Request,
    scope: &Scope,
    event: Event,
) -> HubResult {
    let span = tracing::info_span!("event", hub = scope.name(), connection = %connection.id, ?event);
    let outcome =
        AssertUnwindSafe(run(server, connection, request, scope, event)).catch_unwind().instrument(span.clone()).await;
    let _entered = span.entered();
    let result = outcome.unwrap_or_else(|_| Err(HubError::internal("The event panicked.")));
    if let Err(error) = &result {
        tracing::error!(?error, "an event failed");
    }
    result
}

async fn run(
    server: &Arc<Server>,
    connection: &Arc<Connection>,
    request: &Request,
    scope: &Scope,
    event: Event,
) -> HubResult {
    let Some(served) = server.hub(scope.id()) else {
        let Some(raw) = server.raw(scope.id()) else { return Ok(()) };
        return raw
            .handler
            .event(
                event,
                crate::raw::RawContext::new(server.clone(), scope.clone(), connection.clone(), request.clone()),
            )
            .await;
    };
    let own = async {
        if !served.hub.has_event(event) {
            return Ok(());
        }
        let mut call = CallScope::new(server.clone(), scope.clone(), connection.clone(), request.clone());
        // While these events run, nobody reads what the client says.
        call.may_ask = matches!(event, Event::Disconnected(_));
        served.hub.event(event, Arc::new(call)).await
    };
    let own: std::pin::Pin<Box<dyn Future<Output = Result<(), HubError>> + Send + '_>> = Box::pin(own);
    let (next, reason) = match event {
        Event::Connected => (served.chain.connect(own), None),
        Event::Reconnected => (served.chain.reconnect(own), None),
        // Modules have no part in it.
        Event::Refreshed => return own.await,
        Event::Disconnected(reason) => (served.chain.disconnect(own), Some(reason)),
    };
    let error = connection.failure.get().map(|failure| &**failure);
    let groups = ConnectionGroups::new(server, scope, connection.id);
    next.run(ConnectionEvent { hub: scope.name(), connection: connection.id, request, reason, error, groups }).await
}
