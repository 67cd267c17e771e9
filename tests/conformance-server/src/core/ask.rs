//! `POST /ask/{connectionId}`: a question from outside a hub.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use hub_core::HubServer;

use super::hub::CoreHub;

pub(crate) async fn ask(State(hubs): State<HubServer>, Path(id): Path<String>) -> (StatusCode, String) {
    match hubs.hub::<CoreHub>().clients().client(id).answer("from outside").await {
        Ok(text) => (StatusCode::OK, text),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}
