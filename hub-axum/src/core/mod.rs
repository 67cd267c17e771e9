//! The core generation over HTTP: requests in, answers and streams out (section 1 of `specs/core-signalr.md`).

mod long_polling;
mod send;
mod server_sent_events;
mod websocket;

use axum::{body::Body, extract::Request, response::Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use hub_core::{
    User,
    core::{CoreMount, CoreRefusal, Opened, Transport},
};

use crate::{
    origin::{Origins, Verdict},
    websocket::Upgrade,
};

const JSON: &str = "application/json";
const TEXT: &str = "text/plain";
const BYTES: &str = "application/octet-stream";
/// The longest query string that is read.
const MAX_QUERY_BYTES: usize = 16 * 1024;

/// What a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Negotiate,
    Connection,
    Refresh,
}

/// Answers one request. `uri` is the whole one, whatever the router has cut off.
pub(crate) async fn answer(
    mount: &CoreMount,
    origins: &Origins,
    route: Route,
    uri: &Uri,
    request: Request,
) -> Response {
    let verdict = origins.judge(request.headers());
    if let Some(preflight) = verdict.preflight(request.method(), request.headers(), &["GET", "POST", "DELETE"]) {
        return preflight;
    }
    let mut response = if verdict == Verdict::Foreign && !mount.settings().any_origin {
        metrics::counter!("hub_requests_refused_total", "status" => "origin").increment(1);
        plain(StatusCode::FORBIDDEN, "The origin of the request is not allowed.")
    } else {
        by_method(mount, route, uri, request).await
    };
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    verdict.mark(&mut response);
    response
}

async fn by_method(mount: &CoreMount, route: Route, uri: &Uri, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let is_extended = parts.method == Method::CONNECT;
    let wants = match (route, &parts.method) {
        (Route::Connection, &Method::GET) => Some(transport(&parts.headers)),
        (Route::Connection, _) if is_extended => Some(Transport::WebSockets),
        _ => None,
    };
    let query = uri.query().unwrap_or_default();
    let answered = if query.len() > MAX_QUERY_BYTES {
        Ok(plain(StatusCode::URI_TOO_LONG, "The query is too long."))
    } else {
        let user = parts.extensions.get::<User>().cloned();
        let headers = parts.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let request = hub_core::Request::new(uri.path(), query, headers, user);
        match (route, wants, &parts.method) {
            (Route::Negotiate, _, &Method::POST) => mount.negotiate(&request).await.map(json),
            (Route::Refresh, _, &Method::POST) => mount.refresh(&request).await.map(json),
            (Route::Connection, Some(transport), _) => open(mount, request, transport, &mut parts).await,
            (Route::Connection, _, &Method::POST) => send::answer(mount, &request, body).await,
            (Route::Connection, _, &Method::DELETE) => {
                mount.delete(&request).await.map(|()| plain(StatusCode::ACCEPTED, ""))
            }
            _ => Ok(plain(StatusCode::METHOD_NOT_ALLOWED, "")),
        }
    };
    let mut response = answered.unwrap_or_else(|refusal| refuse(&refusal));
    if wants == Some(Transport::LongPolling) {
        long_polling::forbid_caching(response.headers_mut());
    }
    response
}

/// What a GET asks for: the test for an event stream comes first. Entries of `Accept` are compared whole.
fn transport(headers: &HeaderMap) -> Transport {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if accepts.flat_map(|value| value.split(',')).any(|entry| entry.trim().eq_ignore_ascii_case("text/event-stream")) {
        return Transport::ServerSentEvents;
    }
    let upgrades =
        headers.get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    if upgrades { Transport::WebSockets } else { Transport::LongPolling }
}

async fn open(
    mount: &CoreMount,
    request: hub_core::Request,
    transport: Transport,
    parts: &mut Parts,
) -> Result<Response, CoreRefusal> {
    let upgrade = match transport {
        Transport::WebSockets => match Upgrade::of(parts) {
            Some(upgrade) => Some(upgrade),
            None => return Ok(plain(StatusCode::BAD_REQUEST, "Not a valid WebSocket request.")),
        },
        _ => None,
    };
    Ok(match mount.open(request, transport).await? {
        Opened::FirstPoll => typed(StatusCode::OK, BYTES, Body::from(Bytes::new())),
        Opened::Ended => long_polling::no_content(),
        Opened::Stream(stream) => match upgrade {
            Some(upgrade) => websocket::upgrade(upgrade, *stream),
            None if transport == Transport::ServerSentEvents => server_sent_events::respond(*stream),
            None => long_polling::answer(*stream).await,
        },
    })
}

fn typed(status: StatusCode, kind: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    typed(status, TEXT, Body::from(text))
}

fn json(body: Bytes) -> Response {
    typed(StatusCode::OK, JSON, Body::from(body))
}

fn refuse(refusal: &CoreRefusal) -> Response {
    metrics::counter!("hub_requests_refused_total", "status" => refusal.status.to_string()).increment(1);
    let mut response = Response::new(Body::from(refusal.text.clone().into_owned()));
    *response.status_mut() = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(kind) = refusal.content_type {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    if refusal.status == 503 {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_accept_asks_for_events_if_it_says_no_more() {
        for (accept, upgrade, expected) in [
            (Some("text/html, text/event-stream"), false, Transport::ServerSentEvents),
            (Some("TEXT/EVENT-STREAM"), true, Transport::ServerSentEvents),
            (Some("text/event-stream;q=0.5"), false, Transport::LongPolling),
            (Some("text/*"), false, Transport::LongPolling),
            (Some("*/*"), true, Transport::WebSockets),
            (None, false, Transport::LongPolling),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            }
            if upgrade {
                headers.insert(header::UPGRADE, HeaderValue::from_static("WebSocket"));
            }
            assert_eq!(transport(&headers), expected, "{accept:?}");
        }
    }
}
