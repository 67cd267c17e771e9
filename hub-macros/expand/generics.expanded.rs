pub struct ChatHub<S: Store = MemoryStore, const LIMIT: usize = 10>
where
    S::Key: Send,
{
    store: S,
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl<S: Store, const LIMIT: usize> ::hub_core::__private::HubType for ChatHub<S, LIMIT>
where
    S::Key: Send,
{
    type Client = ChatClientProxy;
    fn config() -> ::hub_core::__private::HubConfig {
        ::hub_core::__private::HubConfig::new("ChatHub")
    }
}
impl<S: Store, const LIMIT: usize> ChatHub<S, LIMIT>
where
    S::Key: Send,
{
    async fn load(
        &self,
        clients: &Clients<Self>,
        key: S::Key,
    ) -> Result<S::Value, S::Error> {
        self.store.load(key).await
    }
    fn lifetimes<'a>(&'a self, caller: &'a Caller, text: Cow<'_, str>)
    where
        Self: Sized,
    {}
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl<S: Store, const LIMIT: usize> ::hub_core::__private::Hub for ChatHub<S, LIMIT>
where
    S::Key: Send,
{
    fn methods(table: &mut ::hub_core::__private::MethodTable<Self>) {
        table
            .add(
                ::hub_core::__private::Method::call("load")
                    .injects(::hub_core::__private::parameter!(Clients < Self >))
                    .parameter("key", ::hub_core::__private::parameter!(S::Key))
                    .handler(|mut call: ::hub_core::__private::Call<'_, Self>| {
                        let argument1 = call.argument::<S::Key>()?;
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let part0 = <::hub_core::__private::HubContext<
                                Self,
                            > as ::hub_core::__private::Provide<
                                Clients<Self>,
                            >>::provide(&cx);
                            let output = ::hub_core::__private::send_future(
                                    Self::load(
                                        &*hub,
                                        ::core::borrow::Borrow::<Clients<Self>>::borrow(&part0),
                                        argument1,
                                    ),
                                )
                                .await;
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
        table
            .add(
                ::hub_core::__private::Method::call("lifetimes")
                    .injects(::hub_core::__private::parameter!(Caller))
                    .parameter(
                        "text",
                        ::hub_core::__private::parameter!(Cow < '_, str >),
                    )
                    .handler(|mut call: ::hub_core::__private::Call<'_, Self>| {
                        let argument1 = call.argument::<Cow<'_, str>>()?;
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let part0 = <::hub_core::__private::HubContext<
                                Self,
                            > as ::hub_core::__private::Provide<Caller>>::provide(&cx);
                            let output = Self::lifetimes(
                                &*hub,
                                ::core::borrow::Borrow::<Caller>::borrow(&part0),
                                argument1,
                            );
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
    }
}
