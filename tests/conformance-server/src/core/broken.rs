//! A hub whose connected event fails.

use hub_core::{HubContext, HubError, HubResult, hub};

#[hub(name = "core-broken")]
pub(crate) struct Broken;

#[hub]
impl Broken {
    #[hub_method(connected)]
    fn fail(&self, cx: &HubContext<Self>) -> HubResult {
        if cx.request().query("public").as_deref() == Some("1") {
            return Err(HubError::client("go away"));
        }
        Err(HubError::internal("secret"))
    }
}
