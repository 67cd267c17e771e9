//! Mounts hubs in [axum].
//!
//! [`HubRouterExt`] adds routes to a [`Router`](axum::Router): `route_classic("/signalr", &hubs)` serves every hub of a
//! [`HubServer`](hub_core::HubServer) to classic SignalR clients, `route_hub::<Chat>("/chat", &hubs)` one hub to ASP.NET Core SignalR clients, over
//! WebSockets, server-sent events and long polling. [`serve`] is `axum::serve` with what such connections want. How to write a hub is on the page of [`hub_core`].
//!
//! # Who the user is
//!
//! is for a layer of the application to say, by a [`User`](hub_core::User) in the request's extensions:
//!
//! ```
//! use axum::{Router, extract::Request, middleware::{self, Next}, response::Response};
//! use hub_axum::HubRouterExt as _;
//! use hub_core::User;
//!
//! async fn authenticate(mut request: Request, next: Next) -> Response {
//!     let name = request.headers().get("x-user").and_then(|name| name.to_str().ok()).map(str::to_owned);
//!     if let Some(user) = name.and_then(|name| User::new(name).ok()) {
//!         request.extensions_mut().insert(user);
//!     }
//!     next.run(request).await
//! }
//!
//! # fn app(hubs: hub_core::HubServer) -> Router {
//! Router::new().route_classic("/signalr", &hubs).layer(middleware::from_fn(authenticate))
//! # }
//! ```
//!
//! # Which pages may connect
//!
//! Pages of the server's own host, and those of [`Options::allowed_origins`](hub_core::Options::allowed_origins). The check covers WebSockets, which
//! no CORS layer guards. Requests without an Origin come from no browser and pass.

mod classic;
mod core;
mod origin;
mod router;
mod serve;
mod websocket;

pub use router::HubRouterExt;
pub use serve::{ServeOptions, serve, serve_with};

/// The README's program compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
