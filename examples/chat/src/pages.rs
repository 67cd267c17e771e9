//! The two pages: their own files, which are part of the program, and what npm installed and built.

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
    ("/chat.css", CSS, include_str!("../web/chat.css")),
    ("/page.js", JAVASCRIPT, include_str!("../web/page.js")),
    ("/rooms.js", JAVASCRIPT, include_str!("../web/rooms.js")),
    ("/view.js", JAVASCRIPT, include_str!("../web/view.js")),
    ("/missing.js", JAVASCRIPT, include_str!("../web/missing.js")),
    ("/classic/main.js", JAVASCRIPT, include_str!("../web/classic/main.js")),
    ("/classic/connection.js", JAVASCRIPT, include_str!("../web/classic/connection.js")),
    ("/icon.svg", SVG, include_str!("../web/icon.svg")),
];

/// What npm installs and builds below `web/`, by the path it is served at. Not copied into this repository, and not needed to build
/// or test the program.
const BUILT: &[(&str, &str)] = &[
    ("/lib/jquery.js", "node_modules/jquery/dist/jquery.min.js"),
    ("/lib/signalr.js", "node_modules/signalr/jquery.signalR.min.js"),
    ("/core.js", "dist/core.js"),
];

/// What the two pages share. Each puts its own into the places that are marked.
const PAGE: &str = include_str!("../web/page.html");

/// One page: where it is, and what stands in the places of [`PAGE`].
struct Page {
    path: &'static str,
    places: &'static [(&'static str, &'static str)],
}

const PAGES: &[Page] = &[
    Page {
        path: "/",
        places: &[
            (
                "scripts",
                r#"<script src="/lib/jquery.js" defer></script>
  <script src="/lib/signalr.js" defer></script>
  <script src="/classic/main.js" type="module"></script>"#,
            ),
            ("about", "This page is jQuery and jquery.signalR, as they were ten years ago."),
        ],
    },
    Page {
        path: "/core",
        places: &[
            ("scripts", r#"<script src="/core.js" type="module"></script>"#),
            ("about", "This page is TypeScript and @microsoft/signalr, over MessagePack."),
            ("tools", include_str!("../web/core/tool.html")),
            ("more", include_str!("../web/core/more.html")),
        ],
    },
];

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// What to do when they are not there.
const BUILD: &str = "what the pages are built on is not there: run examples/chat/web/build, or start the chat with \
                     examples/chat/start, which does so";

/// Nothing from elsewhere, no inline script or style, and no frame around the page. Browsers that do not count
/// WebSockets of the same origin as `'self'` need the schemes.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self' ws: wss:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Where what npm makes is looked for: in the folder that the program was built from.
#[must_use]
pub fn web_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("web")
}

/// What to tell whoever started the chat, if something of that is not in `folder`.
#[must_use]
pub fn missing(folder: &Path) -> Option<&'static str> {
    let missing = BUILT.iter().any(|(_, file)| !folder.join(file).is_file());
    missing.then_some(BUILD)
}

/// The pages and all they load, with what npm makes from `folder`.
pub fn routes(folder: &Path) -> Router {
    let mut router = Router::new();
    for page in PAGES {
        let text = page.text();
        router = router.route(page.path, get(async move || file(HTML, text)));
    }
    for &(path, kind, text) in FILES {
        router = router.route(path, get(async move || file(kind, text)));
    }
    for &(path, file) in BUILT {
        let file = folder.join(file);
        router = router.route(path, get(async move || built(&file).await));
    }
    router
}

impl Page {
    fn text(&self) -> String {
        let here = format!("<a href=\"{}\"", self.path);
        let mut text = PAGE.replace(&here, &format!("{here} aria-current=\"page\""));
        for place in ["scripts", "about", "tools", "more"] {
            let filled = self.places.iter().find(|(name, _)| *name == place).map_or("", |(_, filled)| filled);
            text = text.replace(&format!("<!-- {place} -->"), filled.trim());
        }
        text
    }
}

async fn built(path: &Path) -> Response {
    match tokio::fs::read(path).await {
        Ok(bytes) => file(JAVASCRIPT, bytes),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "{BUILD}");
            (StatusCode::NOT_FOUND, BUILD).into_response()
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
    async fn every_file_the_pages_name_is_served() {
        for page in PAGES {
            let text = page.text();
            let named = text.split(['"', '\'']).filter(|part| part.starts_with('/') && part.contains('.'));
            for path in named {
                let served =
                    FILES.iter().any(|(served, ..)| *served == path) || BUILT.iter().any(|(served, _)| *served == path);
                assert!(served, "{path}");
            }
            assert_eq!(get(Path::new("nowhere"), page.path).await.headers()[CONTENT_TYPE], HTML);
        }
        for &(path, kind, _) in FILES {
            let response = get(Path::new("nowhere"), path).await;
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.headers()[CONTENT_TYPE], kind);
            assert_eq!(response.headers()[CONTENT_SECURITY_POLICY], POLICY);
        }
    }

    #[test]
    fn each_page_names_itself_and_the_other() {
        for (page, here, there) in [(&PAGES[0], "/", "/core"), (&PAGES[1], "/core", "/")] {
            let text = page.text();
            assert!(text.contains(&format!("<a href=\"{here}\" aria-current=\"page\">")), "{text}");
            assert!(text.contains(&format!("<a href=\"{there}\">")), "{text}");
            assert!(!text.contains("<!--"), "{text}");
        }
    }

    #[tokio::test]
    async fn without_what_npm_makes_the_answer_says_how_to_get_it() {
        assert_eq!(missing(Path::new("nowhere")), Some(BUILD));
        for (path, _) in BUILT {
            let response = get(Path::new("nowhere"), path).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
            let text = to_bytes(response.into_body(), 1024).await.unwrap();
            assert_eq!(text, BUILD);
        }
    }
}
