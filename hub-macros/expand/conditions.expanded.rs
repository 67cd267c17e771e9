#[cfg(feature = "chat")]
#[deprecated]
struct ChatHub;
#[cfg(feature = "chat")]
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
#[allow(deprecated)]
impl ::hub_core::__private::HubType for ChatHub {
    type Client = ::hub_core::__private::UntypedClient;
    fn config() -> ::hub_core::__private::HubConfig {
        ::hub_core::__private::HubConfig::new("ChatHub")
    }
}
#[cfg(feature = "chat")]
#[allow(deprecated)]
impl ChatHub {
    #![expect(unused_variables)]
    #[cfg(unix)]
    fn path(&self) -> &'static str {
        "/"
    }
    #[cfg(not(unix))]
    #[cfg_attr(windows, deprecated, inline)]
    fn path(&self) -> &'static str {
        "\\"
    }
    /// Says it.
    #[deprecated]
    #[expect(clippy::needless_pass_by_value)]
    #[cfg(any())]
    fn say(&self, text: String) {}
}
#[cfg(feature = "chat")]
#[automatically_derived]
#[allow(clippy::all, clippy::pedantic, clippy::nursery)]
#[allow(deprecated)]
#[allow(unused_variables)]
impl ::hub_core::__private::Hub for ChatHub {
    fn methods(table: &mut ::hub_core::__private::MethodTable<Self>) {
        let _ = &table;
        #[cfg(unix)]
        table
            .add(
                ::hub_core::__private::Method::call("path")
                    .handler(|call: ::hub_core::__private::Call<'_, Self>| {
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let output = Self::path(&*hub);
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
        #[cfg(not(unix))] #[allow(deprecated)]
        table
            .add(
                ::hub_core::__private::Method::call("path")
                    .handler(|call: ::hub_core::__private::Call<'_, Self>| {
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let output = Self::path(&*hub);
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
        #[cfg(any())] #[allow(deprecated)] #[allow(clippy::needless_pass_by_value)]
        table
            .add(
                ::hub_core::__private::Method::call("say")
                    .parameter("text", ::hub_core::__private::parameter!(String))
                    .handler(|mut call: ::hub_core::__private::Call<'_, Self>| {
                        let argument0 = call.argument::<String>()?;
                        let (hub, cx) = call.into_parts();
                        ::core::result::Result::Ok(async move {
                            let output = Self::say(&*hub, argument0);
                            ::hub_core::__private::complete!(output, cx)
                        })
                    }),
            );
    }
}
