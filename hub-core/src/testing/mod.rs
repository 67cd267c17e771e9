//! Clients in memory, for the tests of an application: no sockets, no ports, and under paused time no waiting.
//!
//! Switch the feature on for tests alone:
//!
//! ```toml
//! [dev-dependencies]
//! hub-core = { version = "0.1", features = ["testing"] }
//! tokio = { version = "1", features = ["macros", "rt", "test-util"] }
//! ```
//!
//! A [`TestServer`] takes the server that the application builds, and its [`TestClient`]s go through everything that a real
//! client goes through but for the network: negotiation, tokens, authorisation, pipeline modules, the log, the limits.
//!
//! ```
//! use hub_core::{Caller, Clients, Groups, HubResult, HubServer, hub, hub_client, testing::TestServer};
//!
//! #[hub_client]
//! pub trait ChatClient {
//!     fn add_chat_message(&self, name: &str, message: &str);
//! }
//!
//! #[hub(client = ChatClient)]
//! #[derive(Default)]
//! pub struct ChatHub;
//!
//! #[hub]
//! impl ChatHub {
//!     #[hub_method]
//!     async fn join_room(&self, groups: &Groups<Self>, clients: &Clients<Self>, caller: &Caller, room: String) -> HubResult {
//!         groups.add(caller.connection_id(), &room).await?;
//!         clients.group(&room).add_chat_message(caller.user_name(), "joined");
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // In a test: #[tokio::test(start_paused = true)]
//! let kit = TestServer::new(HubServer::builder().hub(ChatHub).build()?);
//! let ann = kit.connect_as::<ChatHub>("ann").await?;
//! let bob = kit.connect_as::<ChatHub>("bob").await?;
//!
//! ann.invoke("joinRoom", ("lobby",)).await?;
//! ann.expect_call("addChatMessage", ("ann", "joined")).await;
//! bob.no_calls().await;
//!
//! // The link breaks; bob joins meanwhile. Ann comes back as a real client does: nothing is lost.
//! ann.drop_transport();
//! bob.invoke("joinRoom", ("lobby",)).await?;
//! ann.reconnect().await?;
//! ann.expect_call("addChatMessage", ("bob", "joined")).await;
//! # Ok(())
//! # }
//! ```
//!
//! # What to look up where
//!
//! | to | use |
//! |---|---|
//! | connect with a transport, hubs, a query, headers of one's own | [`TestServer::client`] |
//! | call a hub method, read its result, error or progress | [`TestClient::invoke`] |
//! | see what the server called | [`TestClient::next_call`], [`expect_call`](TestClient::expect_call), [`no_calls`](TestClient::no_calls) |
//! | use a second hub of the same connection | [`TestClient::on`] |
//! | break the link, stop reading, come back | [`TestClient::drop_transport`], [`stop_reading`](TestClient::stop_reading), [`reconnect`](TestClient::reconnect) |
//! | kill the server and start it anew | [`TestServer::restart`] |
//! | wait for the end of a connection | [`TestServer::until_disconnected`] |
//! | ask who is in a group | [`TestServer::members`] |
//! | let tokens expire | [`paused_clock`] |
//! | send a request that no client of ours would send | [`TestServer::request`] |
//!
//! # Time
//!
//! Under `#[tokio::test(start_paused = true)]` time stands still while anything can run and jumps to the next timer when
//! nothing can. So an expectation that fails does so at once, and [`TestClient::no_calls`] is exact: when it returns, everything
//! that was under way has arrived. In real time the same tests work and wait for real.
//!
//! An expectation that fails panics at the line of the test that has it, and says what came instead.

mod client;
mod client_hub;
mod client_link;
mod clock;
mod connect;
mod error;
mod expect;
mod inbox;
mod invocation;
mod memory;
mod polling;
mod received;
mod request;
mod server;
mod shared;
mod socket;

#[cfg(test)]
mod tests;

pub use crate::classic::{Closing, Transport};

pub use client::TestClient;
pub use client_hub::ClientHub;
pub use clock::paused_clock;
pub use connect::ClientBuilder;
pub use error::{ConnectError, InvokeError, Refused};
pub use invocation::{Invocation, Reply};
pub use received::CallReceived;
pub use request::{TestRequest, TestResponse};
pub use server::TestServer;
