//! Reading a request: query, headers, user, form, and whether it is an upgrade.

use axum::{body::Body, extract::Request};
use http::{Method, Uri};
use hub_core::{
    User,
    classic::{ClassicMount, ClassicRequest, Refusal},
};

use super::body;
use crate::websocket::Upgrade;

/// The longest query string that is read.
const MAX_QUERY_BYTES: usize = 16 * 1024;

fn refusal(status: u16, text: &'static str) -> Refusal {
    Refusal { status, text: text.into(), reason: None }
}

/// Takes a request apart. Its body is read whole, up to the mount's limit, as a form: whatever its content type says, as one
/// of the clients sends none.
pub(super) async fn read(
    mount: &ClassicMount,
    uri: &Uri,
    request: Request,
) -> Result<(ClassicRequest, Option<Upgrade>), Refusal> {
    let (mut parts, body) = request.into_parts();
    let query = uri.query().unwrap_or_default();
    if query.len() > MAX_QUERY_BYTES {
        return Err(refusal(414, "The query is too long."));
    }
    let upgrade = Upgrade::of(&mut parts);
    let form = if parts.method == Method::POST { form(mount, body).await? } else { Vec::new() };
    let user = parts.extensions.get::<User>().cloned();
    let headers = parts.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let request = hub_core::Request::new(uri.path(), query, headers, user);
    Ok((ClassicRequest { request, form, is_upgrade: upgrade.is_some() }, upgrade))
}

async fn form(mount: &ClassicMount, body: Body) -> Result<Vec<(String, String)>, Refusal> {
    let settings = mount.settings();
    let bytes =
        body::read(body, settings.max_post_bytes, settings.body_timeout).await.map_err(|error| match error {
            body::ReadError::TooLarge => refusal(413, "The body is too large."),
            body::ReadError::TooSlow => refusal(408, "The body took too long."),
            body::ReadError::Broken => refusal(400, "The body could not be read."),
        })?;
    Ok(form_urlencoded::parse(&bytes).into_owned().collect())
}
