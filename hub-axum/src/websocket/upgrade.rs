//! From a request to a WebSocket (RFC 6455, section 4.2).
//!
//! Not axum's extractor: its socket hides the stream below, and with it the only way to write without a buffer that stays as large as
//! the largest message it ever held.

use std::future::Future;

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::derive_accept_key,
        protocol::{Role, WebSocketConfig},
    },
};

/// A socket, open.
pub(crate) type WebSocket = WebSocketStream<TokioIo<Upgraded>>;

/// A request for a WebSocket, in good form and on a connection that can become one.
#[derive(Debug)]
pub(crate) struct Upgrade {
    accept: HeaderValue,
    connection: OnUpgrade,
}

impl Upgrade {
    /// Reads the request; none if it is not one for a WebSocket.
    pub(crate) fn of(parts: &mut Parts) -> Option<Self> {
        let headers = &parts.headers;
        let is_good = parts.method == Method::GET
            && lists(headers, header::CONNECTION, "upgrade")
            && lists(headers, header::UPGRADE, "websocket")
            && headers.get(header::SEC_WEBSOCKET_VERSION).is_some_and(|version| version.as_bytes() == b"13");
        let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| is_good)?;
        let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes())).ok()?;
        let connection = parts.extensions.remove::<OnUpgrade>()?;
        Some(Self { accept, connection })
    }

    /// The answer to it. Once that is written, `serve` runs on the socket, as a task of its own.
    pub(crate) fn answer<F>(
        self,
        config: WebSocketConfig,
        serve: impl FnOnce(WebSocket) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send,
    {
        let connection = self.connection;
        tokio::spawn(async move {
            // A client that is gone by now leaves nothing to be done; what `serve` holds says so when it is dropped.
            if let Ok(connection) = connection.await {
                let socket = TokioIo::new(connection);
                serve(WebSocket::from_raw_socket(socket, Role::Server, Some(config)).await).await;
            }
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept);
        response
    }
}

/// Whether a header that is a list has this token in it, in whatever case.
fn lists(headers: &HeaderMap, name: header::HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|listed| listed.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}
