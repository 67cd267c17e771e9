//! The page: its own files, which are part of the program, and the two libraries that npm installed.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// What stands under `web/`, by the path it is served at.
const FILES: &[(&str, &str, &str)] = &[
    ("/", HTML, include_str!("../web/index.html")),
    ("/chat.css", CSS, include_str!("../web/chat.css")),
    ("/chat.js", JAVASCRIPT, include_str!("../web/chat.js")),
    ("/connection.js", JAVASCRIPT, include_str!("../web/connection.js")),
    ("/rooms.js", JAVASCRIPT, include_str!("../web/rooms.js")),
    ("/view.js", JAVASCRIPT, include_str!("../web/view.js")),
    ("/icon.svg", SVG, include_str!("../web/icon.svg")),
];

/// What npm installs below `web/node_modules`, by the path it is served at. Not copied into this repository,
/// and not needed to build or test it.
const LIBRARIES: &[(&str, &str)] =
    &[("/lib/jquery.js", "jquery/dist/jquery.min.js"), ("/lib/signalr.js", "signalr/jquery.signalR.min.js")];

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// What to do when the libraries are not there.
const INSTALL: &str = "the page's libraries are not installed: run `npm ci` in examples/chat/web, or start the chat \
                       with examples/chat/start, which does so";

/// Nothing from elsewhere, no inline script or style, and no frame around the page. Browsers that do not count
/// WebSockets of the same origin as `'self'` need the schemes.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self' ws: wss:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Where the libraries are looked for: in the folder that the program was built from.
#[must_use]
pub fn libraries_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("web").join("node_modules")
}

/// What to tell whoever started the chat, if the libraries are not in `folder`.
#[must_use]
pub fn missing_libraries(folder: &Path) -> Option<&'static str> {
    let missing = LIBRARIES.iter().any(|(_, file)| !folder.join(file).is_file());
    missing.then_some(INSTALL)
}

/// The page and all it loads, with the libraries from `folder`.
pub fn routes(folder: &Path) -> Router {
    let mut router = Router::new();
    for &(path, kind, text) in FILES {
        router = router.route(path, get(async move || file(kind, text)));
    }
    for &(path, file) in LIBRARIES {
        let file = folder.join(file);
        router = router.route(path, get(async move || library(&file).await));
    }
    router
}

async fn library(path: &Path) -> Response {
    match tokio::fs::read(path).await {
        Ok(bytes) => file(JAVASCRIPT, bytes),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "{INSTALL}");
            (StatusCode::NOT_FOUND, INSTALL).into_response()
        }
    }
}

fn file(kind: &'static str, body: impl IntoResponse) -> Response {
    let headers = [
        (CONTENT_TYPE, kind),
        // A page and a server of different versions would not understand each other.
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt as _;

    use super::*;

    async fn get(folder: &Path, path: &str) -> Response {
        routes(folder).oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn every_file_the_page_names_is_served() {
        let html = include_str!("../web/index.html");
        let named = html.split(['"', '\'']).filter(|part| part.starts_with('/') && part.contains('.'));
        for path in named {
            let served =
                FILES.iter().any(|(served, ..)| *served == path) || LIBRARIES.iter().any(|(served, _)| *served == path);
            assert!(served, "{path}");
        }
        for &(path, kind, _) in FILES {
            let response = get(Path::new("nowhere"), path).await;
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.headers()[CONTENT_TYPE], kind);
            assert_eq!(response.headers()[CONTENT_SECURITY_POLICY], POLICY);
        }
    }

    #[tokio::test]
    async fn without_the_libraries_the_answer_says_how_to_get_them() {
        assert_eq!(missing_libraries(Path::new("nowhere")), Some(INSTALL));
        let response = get(Path::new("nowhere"), "/lib/signalr.js").await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let text = to_bytes(response.into_body(), 1024).await.unwrap();
        assert_eq!(text, INSTALL);
    }
}
