#[allow(dead_code)]
#[cfg(feature = "alerts")]
#[expect(missing_docs)]
pub(crate) trait AlertClient: Send {
    #[cfg(not(test))]
    #[deprecated(note = "use `alarm`")]
    fn ring(&self);
    fn alarm(&self, r#type: u8);
    fn call(&self);
}
#[cfg(feature = "alerts")]
/// Calls the methods of [`AlertClient`] on clients.
#[allow(dead_code, non_camel_case_types, unreachable_pub)]
#[allow(missing_docs)]
pub(crate) struct AlertClientProxy<
    HubArity: crate::hubs::__private::Arity = crate::hubs::__private::Many,
> {
    target: crate::hubs::__private::Target<HubArity>,
}
#[cfg(feature = "alerts")]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
#[allow(dead_code, deprecated, non_snake_case, unreachable_pub)]
#[allow(missing_docs)]
impl<HubArity: crate::hubs::__private::Arity> AlertClientProxy<HubArity> {
    #[cfg(not(test))]
    /// Calls `Ring` on the clients.
    #[deprecated(note = "use `alarm`")]
    pub(crate) fn ring(&self) -> crate::hubs::__private::Sent {
        self.target.call("Ring").send()
    }
    /// Calls `Alarm` on the clients.
    pub(crate) fn alarm(&self, r#type: u8) -> crate::hubs::__private::Sent {
        self.target.call("Alarm").argument(&r#type).send()
    }
    /// Calls `Call` on the clients.
    pub(crate) fn call(&self) -> crate::hubs::__private::Sent {
        self.target.call("Call").send()
    }
}
#[cfg(feature = "alerts")]
#[automatically_derived]
impl<HubArity: crate::hubs::__private::Arity> ::core::clone::Clone
for AlertClientProxy<HubArity> {
    fn clone(&self) -> Self {
        Self {
            target: ::core::clone::Clone::clone(&self.target),
        }
    }
}
#[cfg(feature = "alerts")]
#[automatically_derived]
impl<HubArity: crate::hubs::__private::Arity> ::core::fmt::Debug
for AlertClientProxy<HubArity> {
    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        ::core::fmt::Debug::fmt(&self.target, formatter)
    }
}
#[cfg(feature = "alerts")]
#[automatically_derived]
impl<
    HubArity: crate::hubs::__private::Arity,
> ::core::convert::From<crate::hubs::__private::Target<HubArity>>
for AlertClientProxy<HubArity> {
    fn from(target: crate::hubs::__private::Target<HubArity>) -> Self {
        Self { target }
    }
}
#[cfg(feature = "alerts")]
#[automatically_derived]
impl crate::hubs::__private::HubClient
for AlertClientProxy<crate::hubs::__private::Many> {
    type Proxy<HubArity: crate::hubs::__private::Arity> = AlertClientProxy<HubArity>;
}
