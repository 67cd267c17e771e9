//! A POST: its body, piece by piece, into the connection (section 2.5).

use axum::{body::Body, response::Response};
use futures_util::StreamExt as _;
use http::StatusCode;
use hub_core::core::{CoreMount, CoreRefusal};

use super::plain;

/// Answers when the whole body was taken: while the hub does not read, that is not.
pub(super) async fn answer(
    mount: &CoreMount,
    request: &hub_core::Request,
    body: Body,
) -> Result<Response, CoreRefusal> {
    let writer = mount.post(request).await?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let Ok(piece) = piece else { return Ok(plain(StatusCode::BAD_REQUEST, "")) };
        if !writer.write(piece).await {
            return Ok(plain(StatusCode::NOT_FOUND, ""));
        }
    }
    Ok(plain(StatusCode::OK, ""))
}
