struct ChatHub {
    total: Arc<AtomicU64>,
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl ::hub_core::__private::HubType for ChatHub {
    type Client = ::hub_core::__private::UntypedClient;
    fn config() -> ::hub_core::__private::HubConfig {
        ::hub_core::__private::HubConfig::new("ChatHub")
    }
    fn modules(&self, modules: &mut ::hub_core::__private::Modules) {
        modules.add(RejoinFromDatabase::new(self));
        modules
            .add(
                (|hub| Counting {
                    total: hub.total.clone(),
                })(self),
            );
        modules.add(make::<u8, u16>(self));
    }
}
impl HubModule for Tracing {
    const STAGES: ::hub_core::Stages = ::hub_core::Stages::INCOMING
        .union(::hub_core::Stages::AUTHORIZE_CONNECT);
    async fn incoming(&self, call: IncomingCall<'_>, next: Next<'_>) -> Completion {
        next.run(call).await
    }
    async fn authorize_connect(&self, request: &Request, next: Next<'_>) -> bool {
        next.run(request).await
    }
}
impl<T: Clock> HubModule for Timing<T>
where
    T: 'static,
{
    #![allow(unused)]
    const STAGES: ::hub_core::Stages = {
        let stages = ::hub_core::Stages::NONE;
        #[cfg(feature = "timing")]
        let stages = stages.union(::hub_core::Stages::OUTGOING);
        let stages = stages.union(::hub_core::Stages::DISCONNECT);
        stages
    };
    #[cfg(feature = "timing")]
    async fn outgoing(&self) {}
    async fn disconnect(&self) {}
}
impl HubModule for Nothing {
    const STAGES: crate::hubs::Stages = crate::hubs::Stages::NONE;
}
impl HubModule for Everything {
    const STAGES: Stages = Stages::ALL;
    async fn connect(&self) {}
}
