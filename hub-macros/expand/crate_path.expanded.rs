struct ChatHub;
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl crate::hubs::__private::HubType for ChatHub {
    type Client = crate::hubs::__private::UntypedClient;
    fn config() -> crate::hubs::__private::HubConfig {
        crate::hubs::__private::HubConfig::new("ChatHub")
    }
}
impl ChatHub {
    async fn send(&self, caller: &crate::hubs::Caller, text: String) {}
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl crate::hubs::__private::Hub for ChatHub {
    fn methods(table: &mut crate::hubs::__private::MethodTable<Self>) {
        table
            .add(
                crate::hubs::__private::Method::call("send")
                    .injects(crate::hubs::__private::parameter!(crate ::hubs::Caller))
                    .parameter("text", crate::hubs::__private::parameter!(String))
                    .handler(|mut call: crate::hubs::__private::Call<'_, Self>| {
                        let argument1 = call.argument::<String>()?;
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let part0 = <crate::hubs::__private::HubContext<
                                Self,
                            > as crate::hubs::__private::Provide<
                                crate::hubs::Caller,
                            >>::provide(&cx);
                            let output = crate::hubs::__private::send_future(
                                    Self::send(
                                        &*hub,
                                        ::core::borrow::Borrow::<
                                            crate::hubs::Caller,
                                        >::borrow(&part0),
                                        argument1,
                                    ),
                                )
                                .await;
                            crate::hubs::__private::complete!(output, cx)
                        })
                    }),
            );
    }
}
#[allow(dead_code)]
trait ChatClient {
    fn show(&self, text: &str);
}
/// Calls the methods of [`ChatClient`] on clients.
#[allow(dead_code, non_camel_case_types, unreachable_pub)]
struct ChatClientProxy<
    HubArity: ::renamed::__private::Arity = ::renamed::__private::Many,
> {
    target: ::renamed::__private::Target<HubArity>,
}
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
#[allow(dead_code, deprecated, non_snake_case, unreachable_pub)]
impl<HubArity: ::renamed::__private::Arity> ChatClientProxy<HubArity> {
    /// Calls `show` on the clients.
    fn show(&self, text: &str) -> ::renamed::__private::Sent {
        self.target.call("show").argument(&text).send()
    }
    /// Calls a method by its name on the wire: for one that is not in the trait.
    fn call<'a>(
        &'a self,
        method: &'a ::core::primitive::str,
    ) -> ::renamed::__private::ClientCallBuilder<'a, HubArity> {
        self.target.call(method)
    }
}
#[automatically_derived]
impl<HubArity: ::renamed::__private::Arity> ::core::clone::Clone
for ChatClientProxy<HubArity> {
    fn clone(&self) -> Self {
        Self {
            target: ::core::clone::Clone::clone(&self.target),
        }
    }
}
#[automatically_derived]
impl<HubArity: ::renamed::__private::Arity> ::core::fmt::Debug
for ChatClientProxy<HubArity> {
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        ::core::fmt::Debug::fmt(&self.target, formatter)
    }
}
#[automatically_derived]
impl<
    HubArity: ::renamed::__private::Arity,
> ::core::convert::From<::renamed::__private::Target<HubArity>>
for ChatClientProxy<HubArity> {
    fn from(target: ::renamed::__private::Target<HubArity>) -> Self {
        Self { target }
    }
}
#[automatically_derived]
impl ::renamed::__private::HubClient for ChatClientProxy<::renamed::__private::Many> {
    type Proxy<HubArity: ::renamed::__private::Arity> = ChatClientProxy<HubArity>;
}
