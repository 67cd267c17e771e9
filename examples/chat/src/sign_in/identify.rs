//! The layer that tells the hubs who a request is from.

use std::borrow::Cow;
use std::time::SystemTime;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use hub_core::User;

use super::Tokens;

/// Puts the [`User`] into the request's extensions, if the request has a good token; else it goes on without one.
///
/// The token may stand in an `Authorization: Bearer` header, in `access_token` of the query (a browser can set no
/// header on a WebSocket), or in the cookie. The first of them that is there counts: a bad one is not made good by the next.
pub async fn identify(State(tokens): State<Tokens>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let name = token(&parts).and_then(|token| tokens.verify(&token, SystemTime::now()));
    // A name of 64 characters is short enough for a user, whatever the characters.
    if let Some(Ok(user)) = name.map(|name| User::new(name.as_str())) {
        parts.extensions.insert(user);
    }
    next.run(Request::from_parts(parts, body)).await
}

fn token(request: &Parts) -> Option<Cow<'_, str>> {
    bearer(request).map(Cow::Borrowed).or_else(|| query(request)).or_else(|| cookie(request).map(Cow::Borrowed))
}

fn bearer(request: &Parts) -> Option<&str> {
    let (scheme, token) = request.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn query(request: &Parts) -> Option<Cow<'_, str>> {
    let query = request.uri.query()?.as_bytes();
    form_urlencoded::parse(query).find(|(name, _)| name == "access_token").map(|(_, token)| token)
}

fn cookie(request: &Parts) -> Option<&str> {
    let cookies = request.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == super::COOKIE)
        .map(|(_, token)| token)
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use axum::{Extension, Router, middleware};
    use tower::ServiceExt as _;

    use super::*;
    use crate::sign_in::UserName;

    async fn who(request: axum::http::request::Builder) -> String {
        let answer = |user: Option<Extension<User>>| async move {
            user.map_or_else(|| "nobody".to_owned(), |Extension(user)| user.name().to_owned())
        };
        let app =
            Router::new().route("/", get(answer)).layer(middleware::from_fn_with_state(Tokens::new("key"), identify));
        let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        String::from_utf8(to_bytes(response.into_body(), 1024).await.unwrap().to_vec()).unwrap()
    }

    fn token(name: &str) -> String {
        Tokens::new("key").issue(&UserName::parse(name).unwrap(), SystemTime::now())
    }

    #[tokio::test]
    async fn a_request_without_a_token_is_nobodys() {
        assert_eq!(who(Request::get("/")).await, "nobody");
        assert_eq!(who(Request::get("/?access_token=")).await, "nobody");
        assert_eq!(who(Request::get("/").header(AUTHORIZATION, "Basic YTpi")).await, "nobody");
    }

    #[tokio::test]
    async fn a_token_counts_in_header_query_and_cookie() {
        let token = token("chat ann");
        assert_eq!(who(Request::get("/").header(AUTHORIZATION, format!("bearer {token}"))).await, "chat ann");
        assert_eq!(who(Request::get(format!("/?a=b&access_token={token}"))).await, "chat ann");
        let cookies = Request::get("/").header(COOKIE, "a=b; c").header(COOKIE, format!("d=e; chat-user={token}"));
        assert_eq!(who(cookies).await, "chat ann");
    }

    #[tokio::test]
    async fn a_bad_token_is_not_made_good_by_the_cookie() {
        let cookie = format!("chat-user={}", token("ann"));
        let request = Request::get("/?access_token=forged").header(COOKIE, &cookie);
        assert_eq!(who(request).await, "nobody");
        let request = Request::get(format!("/?access_token={}", token("bob"))).header(COOKIE, &cookie);
        assert_eq!(who(request).await, "bob");
    }
}
