//! The hub `open`: errors and results of unusual kinds.

use std::collections::HashMap;

use hub_core::{HubError, HubResult, hub};

#[hub(name = "open", rename_all = "PascalCase")]
pub(crate) struct Open;

#[hub]
impl Open {
    #[hub_method]
    fn echo(&self, text: String) -> String {
        text
    }

    #[hub_method]
    fn public_without_data(&self, message: String) -> HubResult {
        Err(HubError::client(message))
    }

    #[hub_method(authorize(users("ann", "bob")))]
    fn ann_or_bob(&self) -> &'static str {
        "welcome"
    }

    /// JSON has no objects whose keys are lists.
    #[hub_method]
    fn unserialisable(&self) -> HashMap<Vec<u8>, u8> {
        HashMap::from([(vec![1], 1)])
    }
}
