//! The hubs, one file for each subject.

pub(crate) mod conformance;
pub(crate) mod guarded;
pub(crate) mod life;
pub(crate) mod rejoining;
pub(crate) mod second;
pub(crate) mod values_of_all_kinds;

use hub_core::hub_client;

/// What every client of these hubs has.
#[hub_client(rename_all = "PascalCase")]
pub(crate) trait Receiver {
    fn receive(&self, message: &str);
}
