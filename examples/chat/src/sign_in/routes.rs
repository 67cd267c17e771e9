//! `POST /sign-in` and `POST /sign-out`.

use std::time::SystemTime;

use axum::extract::{DefaultBodyLimit, Form, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::{COOKIE, Tokens, UserName, UserNameError};

/// The two routes, for tokens made by `tokens`.
pub fn routes(tokens: Tokens) -> Router {
    Router::new()
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
        .layer(DefaultBodyLimit::max(4 * 1024))
        .with_state(tokens)
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

#[derive(Serialize)]
struct SignedIn<'a> {
    name: &'a str,
    token: &'a str,
}

async fn sign_in(State(tokens): State<Tokens>, Form(form): Form<Name>) -> Result<Response, UserNameError> {
    let user = UserName::parse(&form.name)?;
    let token = tokens.issue(&user, SystemTime::now());
    let cookie = cookie(&token, Tokens::LIFE.as_secs());
    let headers = [(SET_COOKIE, cookie), (CACHE_CONTROL, "no-store".to_owned())];
    Ok((headers, Json(SignedIn { name: user.as_str(), token: &token })).into_response())
}

async fn sign_out() -> impl IntoResponse {
    ([(SET_COOKIE, cookie("", 0))], StatusCode::NO_CONTENT)
}

/// Not `Secure`: the chat is served on the loopback address without TLS.
fn cookie(token: &str, life_seconds: u64) -> String {
    format!("{COOKIE}={token}; Path=/; Max-Age={life_seconds}; HttpOnly; SameSite=Lax")
}

impl IntoResponse for UserNameError {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, self.to_string()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use axum::http::header::CONTENT_TYPE;
    use tower::ServiceExt as _;

    use super::*;

    async fn post(path: &str, form: &'static str) -> Response {
        let request = Request::post(path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
            .body(Body::from(form))
            .unwrap();
        routes(Tokens::new("key")).oneshot(request).await.unwrap()
    }

    async fn text(response: Response) -> String {
        String::from_utf8(to_bytes(response.into_body(), 64 * 1024).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn signing_in_answers_name_and_token_and_sets_the_cookie() {
        let response = post("/sign-in", "name=+chat+ann+").await;
        assert_eq!(response.status(), StatusCode::OK);
        let cookie = response.headers()[SET_COOKIE].to_str().unwrap().to_owned();
        let answer: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(answer["name"], "chat ann");

        let token = answer["token"].as_str().unwrap();
        assert_eq!(cookie, format!("chat-user={token}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"));
        let user = Tokens::new("key").verify(token, SystemTime::now()).unwrap();
        assert_eq!(user.as_str(), "chat ann");
    }

    #[tokio::test]
    async fn a_name_that_nobody_can_have_is_refused_in_words() {
        let response = post("/sign-in", "name=%20").await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(text(response).await, UserNameError.to_string());
    }

    #[tokio::test]
    async fn signing_out_takes_the_cookie_away() {
        let response = post("/sign-out", "").await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()[SET_COOKIE], "chat-user=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }
}
