impl ChatHub {
    fn join(&self, room: String) {}
    fn join_as(&self, caller: &Caller, room: String, name: String) {}
    const fn join_all(&self) {}
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl ::hub_core::__private::Hub for ChatHub {
    fn methods(table: &mut ::hub_core::__private::MethodTable<Self>) {
        table
            .add(
                ::hub_core::__private::Method::call("join")
                    .parameter("room", ::hub_core::__private::parameter!(String))
                    .handler(|mut call: ::hub_core::__private::Call<'_, Self>| {
                        let argument0 = call.argument::<String>()?;
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let output = Self::join(&*hub, argument0);
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
        table
            .add(
                ::hub_core::__private::Method::call("join_as")
                    .wire_name("join")
                    .injects(::hub_core::__private::parameter!(Caller))
                    .parameter("room", ::hub_core::__private::parameter!(String))
                    .parameter("name", ::hub_core::__private::parameter!(String))
                    .handler(|mut call: ::hub_core::__private::Call<'_, Self>| {
                        let argument1 = call.argument::<String>()?;
                        let argument2 = call.argument::<String>()?;
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let part0 = <::hub_core::__private::HubContext<
                                Self,
                            > as ::hub_core::__private::Provide<Caller>>::provide(&cx);
                            let output = Self::join_as(
                                &*hub,
                                ::core::borrow::Borrow::<Caller>::borrow(&part0),
                                argument1,
                                argument2,
                            );
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
        table
            .add(
                ::hub_core::__private::Method::call("join_all")
                    .wire_name("Join")
                    .handler(|call: ::hub_core::__private::Call<'_, Self>| {
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let output = Self::join_all(&*hub);
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
    }
}
