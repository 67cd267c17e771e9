//! Pipeline modules, and which stages they take part in.

#![deny(warnings)]

use hub_core::pipeline::{ConnectionEvent, EventNext, IncomingCall, IncomingNext, OutgoingCall, OutgoingNext};
use hub_core::{Completion, HubModule, HubResult, SendError, Stages, hub, hub_module};

struct Timing<T>(T);

#[hub_module]
impl<T> HubModule for Timing<T>
where
    T: Send + Sync + 'static,
{
    async fn incoming(&self, call: IncomingCall<'_>, next: IncomingNext<'_>) -> Completion {
        next.run(call).await
    }

    #[cfg(any())]
    async fn connect(&self, call: NotThere) {}

    #[cfg(all())]
    fn outgoing(&self, call: OutgoingCall<'_>, next: OutgoingNext<'_>) -> Result<(), SendError> {
        next.run(call)
    }
}

struct Plain;

#[hub_module]
impl HubModule for Plain {
    async fn connect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        next.run(event).await
    }

    async fn r#disconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        next.run(event).await
    }
}

struct Exact;

#[hub_module]
impl HubModule for Exact {
    const STAGES: Stages = Stages::ALL;
}

fn make(_: &ChatHub) -> Plain {
    Plain
}

#[hub(modules(make, |hub: &ChatHub| Timing(hub.number), Timing::<u8>::from))]
struct ChatHub {
    number: u8,
}

impl From<&ChatHub> for Timing<u8> {
    fn from(hub: &ChatHub) -> Self {
        Self(hub.number)
    }
}

#[hub]
impl ChatHub {
    #[hub_method]
    fn send(&self) {}
}

fn main() {
    assert_eq!(Timing::<u8>::STAGES, Stages::INCOMING.union(Stages::OUTGOING));
    assert_eq!(Plain::STAGES, Stages::CONNECT.union(Stages::DISCONNECT));
    assert_eq!(Exact::STAGES, Stages::ALL);
    let _ = hub_core::HubServer::builder().hub(ChatHub { number: 1 }).module(Exact);
}
