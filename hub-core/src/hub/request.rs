//! The HTTP request that a call or a connection came with.

use std::{borrow::Cow, fmt, sync::Arc};

use crate::hub::user::User;

/// The request *at hand*: over WebSockets the one that opened the socket, over the other transports the one that
/// carries the call.
///
/// It is kept in one block of memory, because an open WebSocket keeps it for its whole life.
#[derive(Clone)]
pub struct Request {
    parts: Arc<Parts>,
    user: Option<User>,
}

struct Parts {
    /// Path, query, and headers as `name\0value\0`, in one string.
    text: Box<str>,
    path_end: u32,
    query_end: u32,
}

impl Request {
    /// Keeps a copy of a request's path, query string (without `?`), headers and user.
    ///
    /// Headers whose value is not text are left out.
    pub fn new<'h>(
        path: &str,
        query: &str,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
        user: Option<User>,
    ) -> Self {
        let mut text = String::with_capacity(path.len() + query.len() + 512);
        text.push_str(path);
        let path_end = text.len();
        text.push_str(query);
        let query_end = text.len();
        for (name, value) in headers {
            if name.contains('\0') || value.contains('\0') {
                continue;
            }
            text.push_str(name);
            text.push('\0');
            text.push_str(value);
            text.push('\0');
        }
        let fits = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let parts = Parts { path_end: fits(path_end), query_end: fits(query_end), text: text.into_boxed_str() };
        Self { parts: Arc::new(parts), user }
    }

    /// The same request of another user: one whose credentials were renewed.
    pub(crate) fn with_user(&self, user: Option<User>) -> Self {
        Self { parts: self.parts.clone(), user }
    }

    /// The path as requested.
    pub fn path(&self) -> &str {
        self.parts.text.get(..self.parts.path_end as usize).unwrap_or_default()
    }

    /// The query string, still encoded, without `?`.
    pub fn query_string(&self) -> &str {
        self.parts.text.get(self.parts.path_end as usize..self.parts.query_end as usize).unwrap_or_default()
    }

    /// The value of a query key, decoded. Keys ignore case; the values of a repeated key are joined with commas.
    pub fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut found: Option<Cow<'_, str>> = None;
        for (key, value) in form_urlencoded::parse(self.query_string().as_bytes()) {
            if key.eq_ignore_ascii_case(name) {
                found = Some(match found {
                    None => value,
                    Some(first) => Cow::Owned(format!("{first},{value}")),
                });
            }
        }
        found
    }

    /// The first header of this name that is text. Names ignore case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All headers that are text, in the order they came.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut parts = self.parts.text.get(self.parts.query_end as usize..).unwrap_or_default().split('\0');
        std::iter::from_fn(move || {
            let name = parts.next().filter(|name| !name.is_empty())?;
            Some((name, parts.next()?))
        })
    }

    /// Who asks, if the application's authentication said so.
    pub fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The query and the headers carry tokens.
        f.debug_struct("Request").field("path", &self.path()).field("user", &self.user()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_keys_ignore_case_and_repeated_ones_are_joined() {
        let request = Request::new("/signalr/connect", "two=1&Two=2&text=a%20b", [("User-Agent", "x")], None);
        assert_eq!(request.query("TWO").as_deref(), Some("1,2"));
        assert_eq!(request.query("text").as_deref(), Some("a b"));
        assert_eq!(request.query("none"), None);
        assert_eq!(request.header("user-agent"), Some("x"));
        assert_eq!(request.header("accept"), None);
    }
}
