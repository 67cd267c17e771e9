//! A hub without its type, as the server keeps it.

use std::{future::Future, pin::Pin, sync::Arc};

use super::{
    ArgumentError, Arguments, Brought, MethodTable,
    method::{Call, CallFuture, Event, MethodKind},
    table::{MethodInfo, Resolution},
};
use crate::{
    connection::DisconnectReason,
    hub::{CallScope, Hub, HubConfig, HubContext, HubResult},
};

/// A registered hub.
pub(crate) trait AnyHub: Send + Sync {
    fn config(&self) -> &HubConfig;
    fn resolve(&self, name: &str, arguments: usize) -> Resolution;
    fn method(&self, at: usize) -> Option<&MethodInfo>;
    fn methods(&self) -> Vec<&MethodInfo>;
    /// Reads the arguments and gives the call, not yet begun.
    fn bind(&self, at: usize, brought: Brought<'_>, scope: Arc<CallScope>) -> Result<CallFuture, ArgumentError>;
    /// Whether the hub has a method for this event.
    fn has_event(&self, event: Event) -> bool;
    /// Runs the methods of an event, in the order they are written, up to the first failure.
    fn event(&self, event: Event, scope: Arc<CallScope>) -> Pin<Box<dyn Future<Output = HubResult> + Send>>;
    fn type_id(&self) -> std::any::TypeId;
}

/// A hub with its table.
pub(crate) struct Registered<H> {
    hub: Arc<H>,
    config: HubConfig,
    table: MethodTable<H>,
}

impl<H: Hub> Registered<H> {
    pub(crate) fn new(hub: Arc<H>) -> (Self, Vec<String>) {
        let config = H::config();
        let mut table = MethodTable::new(config.rename);
        H::methods(&mut table);
        let errors = table.take_errors();
        (Self { hub, config, table }, errors)
    }
}

impl<H: Hub> AnyHub for Registered<H> {
    fn config(&self) -> &HubConfig {
        &self.config
    }

    fn resolve(&self, name: &str, arguments: usize) -> Resolution {
        self.table.resolve(name, arguments)
    }

    fn method(&self, at: usize) -> Option<&MethodInfo> {
        self.table.info(at)
    }

    fn methods(&self) -> Vec<&MethodInfo> {
        self.table.infos().collect()
    }

    fn bind(&self, at: usize, brought: Brought<'_>, scope: Arc<CallScope>) -> Result<CallFuture, ArgumentError> {
        let Some(handler) = self.table.handler(at) else { return Err(ArgumentError::Missing { index: 0 }) };
        // The reason is looked at in disconnected events alone.
        let reason = DisconnectReason::StopCalled;
        handler(Call::new(Arguments::new(brought), self.hub.clone(), HubContext::new(scope), reason))
    }

    fn has_event(&self, event: Event) -> bool {
        self.table.events(kind(event)).next().is_some()
    }

    fn event(&self, event: Event, scope: Arc<CallScope>) -> Pin<Box<dyn Future<Output = HubResult> + Send>> {
        let reason = match event {
            Event::Disconnected(reason) => reason,
            Event::Connected | Event::Reconnected | Event::Refreshed => DisconnectReason::StopCalled,
        };
        let handlers: Vec<_> = self.table.events(kind(event)).collect();
        let hub = self.hub.clone();
        Box::pin(async move {
            for handler in handlers {
                let call =
                    Call::new(Arguments::new(Brought::nothing()), hub.clone(), HubContext::new(scope.clone()), reason);
                handler(call)?.await?;
            }
            Ok(())
        })
    }

    fn type_id(&self) -> std::any::TypeId {
        std::any::TypeId::of::<H>()
    }
}

fn kind(event: Event) -> MethodKind {
    match event {
        Event::Connected => MethodKind::Connected,
        Event::Reconnected => MethodKind::Reconnected,
        Event::Refreshed => MethodKind::Refreshed,
        Event::Disconnected(_) => MethodKind::Disconnected,
    }
}
