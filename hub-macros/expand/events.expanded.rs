impl ChatHub {
    async fn take_seats(&self, cx: &HubContext<Self>) -> HubResult {
        Ok(())
    }
    fn count(&self) {}
    async fn back(&self, cx: &HubContext<Self>) {}
    async fn gone(&self, _: &HubContext<Self>, reason: DisconnectReason) {}
    fn uncount(&self) {}
}
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
impl ::hub_core::__private::Hub for ChatHub {
    fn methods(table: &mut ::hub_core::__private::MethodTable<Self>) {
        table
            .add(
                ::hub_core::__private::Method::connected("take_seats")
                    .handler(|call: ::hub_core::__private::Call<'_, Self>| {
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let part0 = <::hub_core::__private::HubContext<
                                Self,
                            > as ::hub_core::__private::Provide<
                                HubContext<Self>,
                            >>::provide(&cx);
                            let output = ::hub_core::__private::send_future(
                                    Self::take_seats(
                                        &*hub,
                                        ::core::borrow::Borrow::<HubContext<Self>>::borrow(&part0),
                                    ),
                                )
                                .await;
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
        table
            .add(
                ::hub_core::__private::Method::connected("count")
                    .handler(|call: ::hub_core::__private::Call<'_, Self>| {
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let output = Self::count(&*hub);
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
        table
            .add(
                ::hub_core::__private::Method::reconnected("back")
                    .handler(|call: ::hub_core::__private::Call<'_, Self>| {
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let part0 = <::hub_core::__private::HubContext<
                                Self,
                            > as ::hub_core::__private::Provide<
                                HubContext<Self>,
                            >>::provide(&cx);
                            let output = ::hub_core::__private::send_future(
                                    Self::back(
                                        &*hub,
                                        ::core::borrow::Borrow::<HubContext<Self>>::borrow(&part0),
                                    ),
                                )
                                .await;
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
        table
            .add(
                ::hub_core::__private::Method::disconnected("gone")
                    .handler(|call: ::hub_core::__private::Call<'_, Self>| {
                        let reason: DisconnectReason = call.reason();
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let part0 = <::hub_core::__private::HubContext<
                                Self,
                            > as ::hub_core::__private::Provide<
                                HubContext<Self>,
                            >>::provide(&cx);
                            let output = ::hub_core::__private::send_future(
                                    Self::gone(
                                        &*hub,
                                        ::core::borrow::Borrow::<HubContext<Self>>::borrow(&part0),
                                        reason,
                                    ),
                                )
                                .await;
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
        table
            .add(
                ::hub_core::__private::Method::disconnected("uncount")
                    .handler(|call: ::hub_core::__private::Call<'_, Self>| {
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let output = Self::uncount(&*hub);
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
    }
}
