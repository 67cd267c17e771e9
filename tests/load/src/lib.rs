//! What the load tests share.
//!
//! | module | subject |
//! |---|---|
//! | [`rooms`] | the hub under load |
//! | [`wire`] | HTTP/1.1 and WebSocket frames on a TCP stream, with no more memory than they need |
//! | [`client`] | a classic client over each transport, with its cursor and groups token |
//! | [`process`] | the server as a process of its own |
//! | [`proxy`] | a TCP link that can be cut |
//! | [`hoarders`] | core clients that acknowledge nothing and come back all the time |
//! | [`stateful`] | core clients that come back with their connection, and what both sides count |
//! | [`random`] | choices that a seed repeats |

pub mod client;
pub mod hoarders;
pub mod process;
pub mod proxy;
pub mod random;
pub mod rooms;
pub mod stateful;
pub mod wire;
