//! Mounts hubs in [axum](axum).

mod classic;
mod origin;
mod router;
mod serve;

pub use router::HubRouterExt;
pub use serve::serve;
