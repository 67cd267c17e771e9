pub struct ChatHub;
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl ::hub_core::__private::HubType for ChatHub {
    type Client = ::hub_core::__private::UntypedClient;
    fn config() -> ::hub_core::__private::HubConfig {
        ::hub_core::__private::HubConfig::new("ChatHub")
    }
}
impl ChatHub {
    async fn send(&self, caller: &Caller, text: String) -> HubResult {
        self.keep(caller, &text).await
    }
    fn add(&self, left: i32, right: i32) -> i32 {
        left + right
    }
    async fn keep(&self, caller: &Caller, text: &str) -> HubResult {
        Ok(())
    }
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl ::hub_core::__private::Hub for ChatHub {
    fn methods(table: &mut ::hub_core::__private::MethodTable<Self>) {
        table
            .add(
                ::hub_core::__private::Method::call("send")
                    .injects(::hub_core::__private::parameter!(Caller))
                    .parameter("text", ::hub_core::__private::parameter!(String))
                    .handler(|mut call: ::hub_core::__private::Call<'_, Self>| {
                        let argument1 = call.argument::<String>()?;
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let part0 = <::hub_core::__private::HubContext<
                                Self,
                            > as ::hub_core::__private::Provide<Caller>>::provide(&cx);
                            let output = ::hub_core::__private::send_future(
                                    Self::send(
                                        &*hub,
                                        ::core::borrow::Borrow::<Caller>::borrow(&part0),
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
                ::hub_core::__private::Method::call("add")
                    .parameter("left", ::hub_core::__private::parameter!(i32))
                    .parameter("right", ::hub_core::__private::parameter!(i32))
                    .handler(|mut call: ::hub_core::__private::Call<'_, Self>| {
                        let argument0 = call.argument::<i32>()?;
                        let argument1 = call.argument::<i32>()?;
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let output = Self::add(&*hub, argument0, argument1);
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
    }
}
