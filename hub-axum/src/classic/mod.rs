//! The classic generation over HTTP: requests in, answers and streams out.

mod body;
mod long_polling;
mod request;
mod server_sent_events;
mod websocket;

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, StatusCode, Uri, header};
use hub_core::classic::{Action, ClassicAnswer, ClassicMount, Refusal, Transport};

use crate::origin::{Origins, Verdict};

const JSON: &str = "application/json; charset=UTF-8";

/// Answers one request below a mount. `uri` is the whole one, whatever the router has cut off.
pub(crate) async fn answer(mount: &ClassicMount, origins: &Origins, uri: &Uri, request: Request) -> Response {
    let verdict = origins.judge(request.headers());
    if let Some(preflight) = verdict.preflight(request.method(), request.headers(), &["GET", "POST"]) {
        return preflight;
    }
    // The script is what a page of any origin may load: it holds nothing but names.
    if verdict == Verdict::Foreign && mount.action(uri.path()) != Action::Script {
        metrics::counter!("hub_requests_refused_total", "status" => "origin").increment(1);
        return refuse(&Refusal {
            status: 403,
            text: "The origin of the request is not allowed.".into(),
            reason: None,
        });
    }
    let mut response = match request::read(mount, uri, request).await {
        Err(refusal) => refuse(&refusal),
        Ok((request, upgrade)) => match mount.handle(request).await {
            ClassicAnswer::Json(body) => typed(JSON, body.into()),
            ClassicAnswer::Script(script) => typed("application/javascript; charset=UTF-8", script.into()),
            ClassicAnswer::Empty(None) => Response::new(Body::empty()),
            ClassicAnswer::Empty(Some(kind)) => typed(kind, Body::empty()),
            ClassicAnswer::Refused(refusal) => refuse(&refusal),
            ClassicAnswer::Stream(stream) => match (stream.transport(), upgrade) {
                (Transport::WebSockets, Some(upgrade)) => websocket::upgrade(upgrade, *stream),
                (Transport::WebSockets, None) => StatusCode::BAD_REQUEST.into_response(),
                (Transport::ServerSentEvents, _) => server_sent_events::respond(*stream),
                (Transport::LongPolling, _) => typed(JSON, long_polling::body(*stream)),
            },
        },
    };
    if response.status() != StatusCode::FORBIDDEN || response.extensions().get::<hyper::ext::ReasonPhrase>().is_none() {
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    verdict.mark(&mut response);
    response
}

fn typed(kind: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Plain text without a content type, as the wire has it.
fn refuse(refusal: &Refusal) -> Response {
    let mut response = Response::new(Body::from(refusal.text.clone().into_owned()));
    *response.status_mut() = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(reason) = refusal.reason {
        response.extensions_mut().insert(hyper::ext::ReasonPhrase::from_static(reason.as_bytes()));
    }
    if refusal.status == 503 {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
