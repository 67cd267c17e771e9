#[hub]
#[cfg(feature = "chat")]
#[deprecated]
struct ChatHub;

#[hub]
#[cfg(feature = "chat")]
#[allow(deprecated)]
impl ChatHub {
    #![expect(unused_variables)]

    #[hub_method]
    #[cfg(unix)]
    fn path(&self) -> &'static str {
        "/"
    }

    #[hub_method]
    #[cfg(not(unix))]
    #[cfg_attr(windows, deprecated, inline)]
    fn path(&self) -> &'static str {
        "\\"
    }

    /// Says it.
    #[deprecated]
    #[expect(clippy::needless_pass_by_value)]
    #[cfg(any())]
    #[hub_method]
    fn say(&self, text: String) {}
}
