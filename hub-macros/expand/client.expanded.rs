#[allow(dead_code, async_fn_in_trait)]
/// What the server may call on every chat client.
pub trait ChatClient {
    /// Shows a message.
    fn add_chat_message(&self, name: &str, message: &str);
    /// Asks the user.
    async fn confirm(&self, question: &str) -> bool;
    async fn wait_for<'a>(&self, keys: &[Cow<'a, str>]);
    fn show_rooms(&self, rooms: Vec<Room>);
}
/// What the server may call on every chat client.
#[allow(dead_code, non_camel_case_types, unreachable_pub)]
pub struct ChatClientProxy<
    HubArity: ::hub_core::__private::Arity = ::hub_core::__private::Many,
> {
    target: ::hub_core::__private::Target<HubArity>,
}
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
#[allow(dead_code, deprecated, non_snake_case, unreachable_pub)]
impl<HubArity: ::hub_core::__private::Arity> ChatClientProxy<HubArity> {
    /// Shows a message.
    pub fn add_chat_message(
        &self,
        name: &str,
        message: &str,
    ) -> ::hub_core::__private::Sent {
        self.target.call("addChatMessage").argument(&name).argument(&message).send()
    }
    /// Calls `rooms` on the clients.
    pub fn show_rooms(&self, rooms: Vec<Room>) -> ::hub_core::__private::Sent {
        self.target.call("rooms").argument(&rooms).send()
    }
    /// Calls a method by its name on the wire: for one that is not in the trait.
    pub fn call<'a>(
        &'a self,
        method: &'a ::core::primitive::str,
    ) -> ::hub_core::__private::ClientCallBuilder<'a, HubArity> {
        self.target.call(method)
    }
}
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
#[allow(dead_code, deprecated, non_snake_case, unreachable_pub)]
impl ChatClientProxy<::hub_core::__private::One> {
    /// Asks the user.
    pub fn confirm(&self, question: &str) -> ::hub_core::__private::Answer<bool> {
        self.target.call("confirm").argument(&question).ask()
    }
    /// Calls `waitFor` on the client.
    pub fn wait_for<'a>(
        &self,
        keys: &[Cow<'a, str>],
    ) -> ::hub_core::__private::Answer<()> {
        self.target.call("waitFor").argument(&keys).ask()
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
