//! Hubs with events of their own.

use hub_core::{HubContext, HubError, HubResult, hub};

/// Its connected event fails.
#[hub(name = "failing", rename_all = "PascalCase")]
pub(crate) struct Failing;

#[hub]
impl Failing {
    #[hub_method(connected)]
    fn fail(&self) -> HubResult {
        Err(HubError::internal("secret"))
    }

    #[hub_method]
    fn echo(&self, text: String) -> String {
        text
    }
}

/// It greets whoever connects or comes back.
#[hub(name = "greeting", rename_all = "PascalCase", client = super::Receiver)]
pub(crate) struct Greeting;

#[hub]
impl Greeting {
    #[hub_method(connected)]
    async fn welcome(&self, cx: &HubContext<Self>) -> HubResult {
        cx.groups().add(cx.connection_id(), "greeted").await?;
        Ok(cx.clients().caller().receive("connected").await?)
    }

    #[hub_method(reconnected)]
    async fn welcome_back(&self, cx: &HubContext<Self>) -> HubResult {
        Ok(cx.clients().caller().receive("reconnected").await?)
    }

    #[hub_method]
    async fn greet(&self, cx: &HubContext<Self>, message: String) -> HubResult {
        Ok(cx.clients().group("greeted").receive(&message).await?)
    }
}
