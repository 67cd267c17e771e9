//! Who the caller is: the bearer token is the name, and names that begin with `admin` are in that role.

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
    if let Some(user) = name.filter(|name| !name.is_empty()).and_then(|name| User::new(name).ok()) {
        let user = if user.name().starts_with("admin") { user.with_role("admin") } else { user };
        request.extensions_mut().insert(user);
    }
    next.run(request).await
}
