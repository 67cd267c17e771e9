//! From what was written to what it means. Every check is here.
//!
//! * `hub_type`, `hub_block`, `client`, `module`: one per macro, from the parsed item to what is to be written
//! * `hub_method`: one method of a hub block
//! * `signature`: what hub methods and client methods have in common
//! * `requirement`: `authorize(..)`
//! * `wire_name`: what a name is on the wire, and which names are not allowed there
//! * `option`: which options there are and where each belongs
//! * `generics`: what those of a hub cannot have
//! * `attributes`: what travels from the user's item to the code made for it
//! * `root`: where the generated code finds `hub-core`

pub(crate) mod attributes;
pub(crate) mod client;
pub(crate) mod generics;
pub(crate) mod hub_block;
pub(crate) mod hub_method;
pub(crate) mod hub_type;
pub(crate) mod module;
pub(crate) mod option;
pub(crate) mod requirement;
pub(crate) mod root;
pub(crate) mod signature;
pub(crate) mod wire_name;
