//! Who may talk at all.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{Request, StatusCode};

use crate::client::{answer, sign_in};
use crate::place::Place;

const NEGOTIATE: &str = "/signalr/negotiate?clientProtocol=2.1&connectionData=%5B%7B%22name%22%3A%22chathub%22%7D%5D";

#[tokio::test]
async fn the_hub_is_for_signed_in_users_only() {
    let place = Place::new("signed-in-only");
    let app = place.start().await.app();
    let token = sign_in(&app, "ann").await;

    let get = |url: &str| Request::get(url).body(Body::empty()).unwrap();
    assert_eq!(answer(&app, get(NEGOTIATE)).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(answer(&app, get(&format!("{NEGOTIATE}&access_token=forged"))).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(answer(&app, get(&format!("{NEGOTIATE}&access_token={token}"))).await.0, StatusCode::OK);

    let bearer = Request::get(NEGOTIATE).header(AUTHORIZATION, format!("Bearer {token}"));
    assert_eq!(answer(&app, bearer.body(Body::empty()).unwrap()).await.0, StatusCode::OK);
    let cookie = Request::get(NEGOTIATE).header(COOKIE, format!("chat-user={token}"));
    assert_eq!(answer(&app, cookie.body(Body::empty()).unwrap()).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_token_outlives_the_server_that_gave_it() {
    let place = Place::new("token-outlives");
    let token = sign_in(&place.start().await.app(), "ann").await;
    let request = Request::get(format!("{NEGOTIATE}&access_token={token}")).body(Body::empty()).unwrap();
    assert_eq!(answer(&place.start().await.app(), request).await.0, StatusCode::OK);
}
