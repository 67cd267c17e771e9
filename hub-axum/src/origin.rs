//! Which pages may connect: the Origin rule, and the CORS answers that follow from it.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

/// The origins, beside the server's own, whose pages may connect.
#[derive(Debug)]
pub(crate) struct Origins {
    allowed: Vec<Origin>,
}

/// What a request's origin comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No page of another origin: a page of our own, or no browser.
    Own,
    /// A page of an allowed origin, to be told so.
    Allowed(HeaderValue),
    /// Anything else.
    Foreign,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    scheme: String,
    /// With a leading dot for all hosts below.
    host: String,
    port: u16,
}

impl Origin {
    /// Reads `scheme://host[:port]`; `null`, `file:` and whatever else has no host is none.
    fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let default = match &*scheme {
            "http" | "ws" => 80,
            "https" | "wss" => 443,
            _ => return None,
        };
        let (host, port) = split_port(authority, default)?;
        Some(Self { scheme, host, port })
    }

    fn matches(&self, rule: &Self) -> bool {
        let host = match rule.host.strip_prefix('*') {
            // `*.example` is every host below it, on a label's boundary.
            Some(suffix) => self.host.len() > suffix.len() && self.host.ends_with(suffix),
            None => self.host == rule.host,
        };
        host && self.scheme == rule.scheme && self.port == rule.port
    }
}

/// Splits `host[:port]`, IPv6 in brackets included.
fn split_port(authority: &str, default: u16) -> Option<(String, u16)> {
    if authority.is_empty() || authority.contains(['/', '@', '?', '#', ' ']) {
        return None;
    }
    let end_of_host = authority.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match authority.get(end_of_host..)?.rfind(':') {
        Some(at) => {
            let (host, port) = authority.split_at(end_of_host + at);
            (host, port.get(1..)?.parse().ok()?)
        }
        None => (authority, default),
    };
    (!host.is_empty()).then(|| (host.to_ascii_lowercase(), port))
}

impl Origins {
    pub(crate) fn new(allowed: &[String]) -> Self {
        Self { allowed: allowed.iter().filter_map(|text| Origin::parse(text)).collect() }
    }

    /// A missing Origin is no browser, which sends one with every upgrade and every cross-site POST — unless the browser says that
    /// the request is cross-site.
    pub(crate) fn judge(&self, headers: &HeaderMap) -> Verdict {
        let Some(origin) = headers.get(header::ORIGIN) else {
            let cross_site =
                headers.get("sec-fetch-site").is_some_and(|site| site.as_bytes().eq_ignore_ascii_case(b"cross-site"));
            return if cross_site { Verdict::Foreign } else { Verdict::Own };
        };
        let Some(parsed) = origin.to_str().ok().and_then(Origin::parse) else { return Verdict::Foreign };
        if self.allowed.iter().any(|rule| parsed.matches(rule)) {
            return Verdict::Allowed(origin.clone());
        }
        // The scheme that a proxy in front speaks is not known here, so that of the page's own origin is taken for it.
        let default = if parsed.scheme == "https" { 443 } else { 80 };
        let own = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .and_then(|host| split_port(host, default))
            .is_some_and(|(host, port)| host == parsed.host && port == parsed.port);
        if own { Verdict::Own } else { Verdict::Foreign }
    }
}

impl Verdict {
    /// Says in an answer what the page of an allowed origin may do with it.
    pub(crate) fn mark(&self, response: &mut Response) {
        if let Self::Allowed(origin) = self {
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
    }

    /// The answer to a preflight, if the request is one.
    pub(crate) fn preflight(&self, method: &Method, headers: &HeaderMap, methods: &[&'static str]) -> Option<Response> {
        let asked = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD).filter(|_| method == Method::OPTIONS)?;
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        if let Self::Allowed(_) = self {
            let allow = response.headers_mut();
            if let Some(method) = methods.iter().find(|method| asked.as_bytes() == method.as_bytes()) {
                allow.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(method));
            }
            if let Some(asked) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
                allow.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
            }
            allow.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        }
        self.mark(&mut response);
        Some(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(allowed: &[&str], headers: &[(&'static str, &'static str)]) -> Verdict {
        let allowed: Vec<String> = allowed.iter().map(|text| (*text).to_owned()).collect();
        let headers =
            headers.iter().map(|(name, value)| ((*name).parse().unwrap(), HeaderValue::from_static(value))).collect();
        Origins::new(&allowed).judge(&headers)
    }

    #[test]
    fn own_pages_and_no_browsers_pass() {
        assert_eq!(judge(&[], &[("host", "app.example")]), Verdict::Own);
        assert_eq!(judge(&[], &[("host", "app.example:8080"), ("origin", "http://app.example:8080")]), Verdict::Own);
        assert_eq!(judge(&[], &[("host", "APP.example"), ("origin", "https://app.example")]), Verdict::Own);
        assert_eq!(judge(&[], &[("host", "[::1]:80"), ("origin", "http://[::1]")]), Verdict::Own);
    }

    #[test]
    fn everything_else_is_foreign_unless_allowed() {
        let host = ("host", "app.example");
        for origin in
            ["http://evil.example", "http://app.example:81", "null", "file://", "http://app.example.evil.example", "x"]
        {
            assert_eq!(judge(&["https://*.friend.example"], &[host, ("origin", origin)]), Verdict::Foreign, "{origin}");
        }
        for origin in [
            "https://friend.example",
            "https://notfriend.example",
            "http://a.friend.example",
            "https://a.friend.example:8443",
        ] {
            assert_eq!(judge(&["https://*.friend.example"], &[host, ("origin", origin)]), Verdict::Foreign, "{origin}");
        }
        let friend = HeaderValue::from_static("https://a.friend.example");
        assert_eq!(
            judge(&["https://*.friend.example"], &[host, ("origin", "https://a.friend.example")]),
            Verdict::Allowed(friend)
        );
        assert_eq!(judge(&[], &[host, ("sec-fetch-site", "cross-site")]), Verdict::Foreign);
        assert_eq!(judge(&[], &[host, ("sec-fetch-site", "same-origin")]), Verdict::Own);
    }
}
