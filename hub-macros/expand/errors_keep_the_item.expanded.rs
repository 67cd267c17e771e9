pub struct ChatHub {
    rooms: RoomStore,
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl ::hub_core::__private::HubType for ChatHub {
    type Client = ChatClientProxy;
    fn config() -> ::hub_core::__private::HubConfig {
        ::hub_core::__private::HubConfig::new("ChatHub")
            .authorize(::hub_core::__private::Requirement::authenticated())
    }
}
::core::compile_error! {
    "`#[hub]` has no option `nam`: did you mean `name`?"
}
::core::compile_error! {
    "a client trait has no generics: remove the brackets at the end of its path"
}
impl ChatHub {
    async fn good(&self, text: String) {}
    async fn bad(self, text: &mut String) {}
    make_methods!();
    const LIMIT: u8 = 3;
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl ::hub_core::__private::Hub for ChatHub {
    fn methods(table: &mut ::hub_core::__private::MethodTable<Self>) {
        table
            .add(
                ::hub_core::__private::Method::call("good")
                    .parameter("text", ::hub_core::__private::parameter!(String))
                    .handler(|mut call: ::hub_core::__private::Call<'_, Self>| {
                        let argument0 = call.argument::<String>()?;
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let output = ::hub_core::__private::send_future(
                                    Self::good(&*hub, argument0),
                                )
                                .await;
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
    }
}
::core::compile_error! {
    "`#[hub_method]` has no option `conected`: did you mean `connected`?"
}
::core::compile_error! {
    "hub method `bad` cannot take `self`: the hub is shared by all calls; take `&self`"
}
::core::compile_error! {
    "argument `text` of hub method `bad` cannot be a `&mut` reference: what is injected is shared, so take it by `&`; take a value to read it from the wire"
}
::core::compile_error! {
    "`#[hub]` cannot look into a macro call, so hub methods it makes would be missing: write them out, or move the call to an impl block without `#[hub]`"
}
::core::compile_error! {
    "`#[hub_method]` marks a method, not a constant: remove it, or write a method with `&self`"
}
#[allow(dead_code)]
trait ChatClient {
    fn good(&self, text: &str);
    fn bad(&self) -> bool;
}
/// Calls the methods of [`ChatClient`] on clients.
#[allow(dead_code, non_camel_case_types, unreachable_pub)]
struct ChatClientProxy<
    HubArity: ::hub_core::__private::Arity = ::hub_core::__private::Many,
> {
    target: ::hub_core::__private::Target<HubArity>,
}
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
#[allow(dead_code, deprecated, non_snake_case, unreachable_pub)]
impl<HubArity: ::hub_core::__private::Arity> ChatClientProxy<HubArity> {
    /// Calls `good` on the clients.
    fn good(&self, text: &str) -> ::hub_core::__private::Sent {
        self.target.call("good").argument(&text).send()
    }
    /// Calls a method by its name on the wire: for one that is not in the trait.
    fn call<'a>(
        &'a self,
        method: &'a ::core::primitive::str,
    ) -> ::hub_core::__private::ClientCallBuilder<'a, HubArity> {
        self.target.call(method)
    }
}
#[automatically_derived]
impl<HubArity: ::hub_core::__private::Arity> ::core::clone::Clone
for ChatClientProxy<HubArity> {
    fn clone(&self) -> Self {
        Self {
            target: ::core::clone::Clone::clone(&self.target),
        }
    }
}
#[automatically_derived]
impl<HubArity: ::hub_core::__private::Arity> ::core::fmt::Debug
for ChatClientProxy<HubArity> {
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        ::core::fmt::Debug::fmt(&self.target, formatter)
    }
}
#[automatically_derived]
impl<
    HubArity: ::hub_core::__private::Arity,
> ::core::convert::From<::hub_core::__private::Target<HubArity>>
for ChatClientProxy<HubArity> {
    fn from(target: ::hub_core::__private::Target<HubArity>) -> Self {
        Self { target }
    }
}
#[automatically_derived]
impl ::hub_core::__private::HubClient for ChatClientProxy<::hub_core::__private::Many> {
    type Proxy<HubArity: ::hub_core::__private::Arity> = ChatClientProxy<HubArity>;
}
::core::compile_error! {
    "client method `bad` asks for an answer: make it `async`, or remove the return type"
}
impl HubModule for Tracing {
    const STAGES: ::hub_core::Stages = ::hub_core::Stages::INCOMING;
    async fn incoming(&self) {}
}
#[allow(dead_code)]
impl Tracing {
    async fn incomming(&self) {}
}
::core::compile_error! {
    "a pipeline module has no stage `incomming`: did you mean `incoming`? the stages are `incoming`, `outgoing`, `connect`, `reconnect`, `disconnect`, `authorize_connect`, `authorize_method`, `rejoining_groups` and `change_membership`"
}
