//! Who a request is from.
//!
//! * `token`: what a user is given at sign-in, and how it is checked.
//! * `routes`: `POST /sign-in` and `POST /sign-out`.
//! * `identify`: the layer that makes a request's token its [`User`](hub_core::User), where the hubs look for it.
//!
//! Anyone may take any name: this is a chat to try, and the place to put a real sign-in.

mod identify;
mod routes;
mod token;

pub use identify::identify;
pub use routes::routes;
pub use token::{Tokens, UserName, UserNameError};

/// The cookie that holds the token.
const COOKIE: &str = "chat-user";
