//! A second hub on the same mount.

use hub_core::{Clients, HubResult, hub, hub_client};

#[hub_client]
pub(crate) trait Hearer {
    fn hear(&self, message: &str);
}

#[hub(name = "second", rename_all = "PascalCase", client = Hearer)]
pub(crate) struct Second;

#[hub]
impl Second {
    #[hub_method]
    fn echo(&self, text: String) -> String {
        text
    }

    #[hub_method]
    async fn say_all(&self, clients: &Clients<Self>, message: String) -> HubResult {
        Ok(clients.all().hear(&message).await?)
    }
}
