pub struct ChatHub {
    rooms: RoomStore,
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl ::hub_core::__private::HubType for ChatHub {
    type Client = clients::ChatClientProxy;
    fn config() -> ::hub_core::__private::HubConfig {
        ::hub_core::__private::HubConfig::new("ChatHub")
            .name("chat")
            .rename_all(::hub_core::__private::RenameRule::SnakeCase)
            .authorize(::hub_core::__private::Requirement::authenticated())
    }
}
pub enum DeskHub {
    Open,
    Closed,
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl ::hub_core::__private::HubType for DeskHub {
    type Client = ::hub_core::__private::UntypedClient;
    fn config() -> ::hub_core::__private::HubConfig {
        ::hub_core::__private::HubConfig::new("DeskHub")
            .authorize(
                ::hub_core::__private::Requirement::authenticated()
                    .roles(&["member"])
                    .calls_only(),
            )
            .authorize(
                ::hub_core::__private::Requirement::authenticated()
                    .policy(policies::working_hours),
            )
    }
}
impl ChatHub {
    async fn remove_member(
        &self,
        cx: &HubContext<Self>,
        room: String,
        id: ConnectionId,
    ) -> HubResult {
        Ok(())
    }
    fn who_am_i(&self, caller: &Caller) -> String {
        caller.user_name().to_owned()
    }
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl ::hub_core::__private::Hub for ChatHub {
    fn methods(table: &mut ::hub_core::__private::MethodTable<Self>) {
        table
            .add(
                ::hub_core::__private::Method::call("remove_member")
                    .wire_name("kick")
                    .injects(::hub_core::__private::parameter!(HubContext < Self >))
                    .parameter("room", ::hub_core::__private::parameter!(String))
                    .parameter("id", ::hub_core::__private::parameter!(ConnectionId))
                    .authorize(
                        ::hub_core::__private::Requirement::authenticated()
                            .roles(&["admin", "owner"])
                            .users(&["ann"])
                            .policy(may_kick),
                    )
                    .handler(|mut call: ::hub_core::__private::Call<'_, Self>| {
                        let argument1 = call.argument::<String>()?;
                        let argument2 = call.argument::<ConnectionId>()?;
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let part0 = <::hub_core::__private::HubContext<
                                Self,
                            > as ::hub_core::__private::Provide<
                                HubContext<Self>,
                            >>::provide(&cx);
                            let output = ::hub_core::__private::send_future(
                                    Self::remove_member(
                                        &*hub,
                                        ::core::borrow::Borrow::<HubContext<Self>>::borrow(&part0),
                                        argument1,
                                        argument2,
                                    ),
                                )
                                .await;
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
        table
            .add(
                ::hub_core::__private::Method::call("who_am_i")
                    .injects(::hub_core::__private::parameter!(Caller))
                    .authorize(::hub_core::__private::Requirement::authenticated())
                    .handler(|call: ::hub_core::__private::Call<'_, Self>| {
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let part0 = <::hub_core::__private::HubContext<
                                Self,
                            > as ::hub_core::__private::Provide<Caller>>::provide(&cx);
                            let output = Self::who_am_i(
                                &*hub,
                                ::core::borrow::Borrow::<Caller>::borrow(&part0),
                            );
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
    }
}
