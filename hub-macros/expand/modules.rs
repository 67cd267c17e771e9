#[hub(modules(RejoinFromDatabase::new, |hub| Counting { total: hub.total.clone() }, make::<u8, u16>))]
struct ChatHub {
    total: Arc<AtomicU64>,
}

#[hub_module]
impl HubModule for Tracing {
    async fn incoming(&self, call: IncomingCall<'_>, next: Next<'_>) -> Completion {
        next.run(call).await
    }

    async fn authorize_connect(&self, request: &Request, next: Next<'_>) -> bool {
        next.run(request).await
    }
}

#[hub_module]
impl<T: Clock> HubModule for Timing<T>
where
    T: 'static,
{
    #![allow(unused)]

    #[cfg(feature = "timing")]
    async fn outgoing(&self) {}

    async fn disconnect(&self) {}
}

#[hub_module(crate = crate::hubs)]
impl HubModule for Nothing {}

#[hub_module]
impl HubModule for Everything {
    const STAGES: Stages = Stages::ALL;

    async fn connect(&self) {}
}
