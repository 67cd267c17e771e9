//! What core clients are served.

pub(crate) mod ask;
mod broken;
mod hub;
mod raw;
mod values;

pub(crate) use broken::Broken;
pub(crate) use hub::CoreHub;
pub(crate) use raw::Echo;
