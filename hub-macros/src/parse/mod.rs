//! From tokens to what was written. Nothing here knows what is allowed.
//!
//! * `options`: the list in an attribute, `name = "..", authorize(..)`
//! * `item`: which kind of item an attribute stands on, and what a hub type looks like from outside
//! * `block`: impl blocks and traits
//! * `member`: what is in them, with bodies left unread
//! * `tokens`: walks over tokens that need no grammar

pub(crate) mod block;
pub(crate) mod item;
pub(crate) mod member;
pub(crate) mod options;
pub(crate) mod tokens;
