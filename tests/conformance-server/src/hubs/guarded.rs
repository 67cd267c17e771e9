//! Hubs that are not for everybody.

use hub_core::{Clients, HubResult, hub};

/// For signed-in users.
#[hub(name = "guarded", rename_all = "PascalCase", authorize)]
pub(crate) struct Guarded;

#[hub]
impl Guarded {
    #[hub_method]
    fn echo(&self, text: String) -> String {
        text
    }
}

/// For users in the role "admin".
#[hub(name = "admins", rename_all = "PascalCase", authorize(roles("admin")))]
pub(crate) struct Admins;

#[hub]
impl Admins {
    #[hub_method]
    fn echo(&self, text: String) -> String {
        text
    }
}

/// Anyone may listen, signed-in users may call.
#[hub(name = "listeners", rename_all = "PascalCase", authorize(calls_only), client = super::Receiver)]
pub(crate) struct Listeners;

#[hub]
impl Listeners {
    #[hub_method]
    fn echo(&self, text: String) -> String {
        text
    }

    #[hub_method]
    async fn all(&self, clients: &Clients<Self>, message: String) -> HubResult {
        Ok(clients.all().receive(&message).await?)
    }
}
