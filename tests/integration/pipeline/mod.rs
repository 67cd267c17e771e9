//! Modules are an onion around what a hub does (section 6 of the classic specification; the design).

mod authorisation;
mod order;
mod stages;
