//! `POST /push`: a send from outside a hub.

use axum::{Json, extract::State, http::StatusCode};
use hub_core::{HubServer, SendError};
use serde::Deserialize;

use crate::hubs::conformance::Conformance;

#[derive(Deserialize)]
pub(crate) struct Push {
    hub: String,
    to: String,
    name: Option<String>,
    message: String,
}

pub(crate) async fn push(State(hubs): State<HubServer>, Json(push): Json<Push>) -> StatusCode {
    if push.hub != "classic" {
        return StatusCode::NOT_FOUND;
    }
    match send(&hubs, &push).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

async fn send(hubs: &HubServer, push: &Push) -> Result<(), SendError> {
    let hub = hubs.hub::<Conformance>();
    let clients = hub.clients();
    let name = push.name.as_deref().unwrap_or_default();
    match &*push.to {
        "all" => clients.all().receive(&push.message).await,
        "group" => clients.group(name).receive(&push.message).await,
        "user" => clients.user(name).receive(&push.message).await,
        _ => clients.client(name).receive(&push.message).await,
    }
}
