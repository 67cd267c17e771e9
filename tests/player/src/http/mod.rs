//! HTTP/1.1 as far as a player needs it.
//!
//! - [`request`]: requests, and where they go
//! - [`response`]: answers, read chunk by chunk as they come
//! - [`encoding`]: queries and forms

mod encoding;
mod request;
mod response;

pub(crate) use self::encoding::{encode_component, encode_pairs};
pub use self::request::BaseUrlError;
pub(crate) use self::request::{Base, Request};
pub(crate) use self::response::{Head, Part, ResponseReader};
