struct r#Final;
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl ::hub_core::__private::HubType for r#Final {
    type Client = ::hub_core::__private::UntypedClient;
    fn config() -> ::hub_core::__private::HubConfig {
        ::hub_core::__private::HubConfig::new("Final")
    }
}
impl r#Final {
    fn r#type(&self, r#match: String, mut other: u8) -> u8 {
        other
    }
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl ::hub_core::__private::Hub for r#Final {
    fn methods(table: &mut ::hub_core::__private::MethodTable<Self>) {
        table
            .add(
                ::hub_core::__private::Method::call("type")
                    .parameter("match", ::hub_core::__private::parameter!(String))
                    .parameter("other", ::hub_core::__private::parameter!(u8))
                    .handler(|mut call: ::hub_core::__private::Call<'_, Self>| {
                        let argument0 = call.argument::<String>()?;
                        let argument1 = call.argument::<u8>()?;
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let output = Self::r#type(&*hub, argument0, argument1);
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
    }
}
#[allow(dead_code)]
trait r#Virtual {
    fn r#move(&self, r#in: &str);
}
/// Calls the methods of [`Virtual`] on clients.
#[allow(dead_code, non_camel_case_types, unreachable_pub)]
struct VirtualProxy<
    HubArity: ::hub_core::__private::Arity = ::hub_core::__private::Many,
> {
    target: ::hub_core::__private::Target<HubArity>,
}
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
#[allow(dead_code, deprecated, non_snake_case, unreachable_pub)]
impl<HubArity: ::hub_core::__private::Arity> VirtualProxy<HubArity> {
    /// Calls `move` on the clients.
    fn r#move(&self, r#in: &str) -> ::hub_core::__private::Sent {
        self.target.call("move").argument(&r#in).send()
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
for VirtualProxy<HubArity> {
    fn clone(&self) -> Self {
        Self {
            target: ::core::clone::Clone::clone(&self.target),
        }
    }
}
#[automatically_derived]
impl<HubArity: ::hub_core::__private::Arity> ::core::fmt::Debug
for VirtualProxy<HubArity> {
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        ::core::fmt::Debug::fmt(&self.target, formatter)
    }
}
#[automatically_derived]
impl<
    HubArity: ::hub_core::__private::Arity,
> ::core::convert::From<::hub_core::__private::Target<HubArity>>
for VirtualProxy<HubArity> {
    fn from(target: ::hub_core::__private::Target<HubArity>) -> Self {
        Self { target }
    }
}
#[automatically_derived]
impl ::hub_core::__private::HubClient for VirtualProxy<::hub_core::__private::Many> {
    type Proxy<HubArity: ::hub_core::__private::Arity> = VirtualProxy<HubArity>;
}
