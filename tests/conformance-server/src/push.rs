//! `POST /push`: a send from outside a hub.

use axum::{Json, extract::State, http::StatusCode};
use hub_core::{HubServer, SendError};
use serde::Deserialize;

use crate::{core::CoreHub, hubs::conformance::Conformance};

/// The servers that a push may be for.
#[derive(Clone)]
pub(crate) struct Servers {
    pub(crate) classic: HubServer,
    pub(crate) core: HubServer,
}

#[derive(Deserialize)]
pub(crate) struct Push {
    hub: String,
    to: String,
    name: Option<String>,
    message: String,
}

pub(crate) async fn push(State(servers): State<Servers>, Json(push): Json<Push>) -> StatusCode {
    let sent = match &*push.hub {
        "classic" => send_classic(&servers.classic, &push).await,
        "core" => send_core(&servers.core, &push).await,
        _ => return StatusCode::NOT_FOUND,
    };
    match sent {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

macro_rules! send {
    ($name:ident, $hub:ty) => {
        async fn $name(hubs: &HubServer, push: &Push) -> Result<(), SendError> {
            let hub = hubs.hub::<$hub>();
            let clients = hub.clients();
            let name = push.name.as_deref().unwrap_or_default();
            match &*push.to {
                "all" => clients.all().receive(&push.message).await,
                "group" => clients.group(name).receive(&push.message).await,
                "user" => clients.user(name).receive(&push.message).await,
                _ => clients.client(name).receive(&push.message).await,
            }
        }
    };
}

send!(send_classic, Conformance);
send!(send_core, CoreHub);
