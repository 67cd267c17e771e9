//! Who the caller is: the bearer token is the name, and names that begin with `admin` are in that role. Where credentials can be renewed,
//! `ann;3600;admin` is Ann for an hour, in that role.

use std::time::{Duration, SystemTime};

use axum::{extract::Request, middleware::Next, response::Response};
use hub_core::User;

pub(crate) async fn authenticate(mut request: Request, next: Next) -> Response {
    let bearer = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let name = match bearer.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(token) => Some(token.to_owned()),
        None => hub_core::Request::new("", request.uri().query().unwrap_or_default(), [], None)
            .query("access_token")
            .map(|token| token.into_owned()),
    };
    let renews = request.uri().path().starts_with("/core-refresh");
    if let Some(user) = name.filter(|name| !name.is_empty()).and_then(|name| user(&name, renews)) {
        request.extensions_mut().insert(user);
    }
    next.run(request).await
}

fn user(token: &str, renews: bool) -> Option<User> {
    let mut words = token.split(if renews { ';' } else { '\0' });
    let mut user = User::new(words.next()?).ok()?;
    if let Some(seconds) = words.next().and_then(|word| word.parse().ok()) {
        user = user.with_expiry(SystemTime::now() + Duration::from_secs(seconds));
    }
    if user.name().starts_with("admin") || words.any(|word| word == "admin") {
        user = user.with_role("admin");
    }
    Some(user)
}
