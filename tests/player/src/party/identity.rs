//! Who a party is to the server: what its requests carry.

use serde::Deserialize;

use super::request::{Action, RequestOptions};
use crate::http::encode_pairs;
use crate::scenario::json::Json;

/// How a party introduces itself; the defaults are the usual client's.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    pub(crate) mount: String,
    /// The `clientProtocol`; null sends none.
    pub(crate) protocol: Option<String>,
    pub(crate) hubs: Option<Vec<String>>,
    /// A bearer token.
    pub(crate) user: Option<String>,
    /// Further text for every query.
    pub(crate) qs: String,
    pub(crate) transport: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mount: "/signalr".into(),
            protocol: Some("2.1".into()),
            hubs: None,
            user: None,
            qs: String::new(),
            transport: None,
        }
    }
}

/// What a party's requests carry.
#[derive(Debug, Clone, Default)]
pub(crate) struct Identity {
    /// Empty until the party is configured.
    pub(crate) mount: String,
    pub(crate) protocol: Option<String>,
    /// None on a raw connection.
    pub(crate) hubs: Option<Vec<String>>,
    pub(crate) user: Option<String>,
    pub(crate) qs: String,
    pub(crate) transport: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) cursor: Option<String>,
    pub(crate) groups: Option<String>,
}

impl Identity {
    /// Takes over settings; token, id, cursor and groups token stay, and the transport unless one is set.
    pub(crate) fn configure(&mut self, settings: Settings) {
        let is_raw = settings.mount.starts_with("/signalr-raw");
        let hubs = settings.hubs.unwrap_or_else(|| vec!["conformance".into()]);
        self.hubs = (!is_raw).then_some(hubs);
        self.mount = settings.mount;
        self.protocol = settings.protocol;
        self.user = settings.user;
        self.qs = settings.qs;
        if settings.transport.is_some() {
            self.transport = settings.transport;
        }
    }

    pub(crate) fn is_configured(&self) -> bool {
        !self.mount.is_empty()
    }

    /// Whether messages go over a WebSocket.
    pub(crate) fn is_on_websocket(&self) -> bool {
        self.transport.as_deref().is_some_and(|transport| transport.eq_ignore_ascii_case("webSockets"))
    }

    /// The path and query of a request, and its form.
    pub(crate) fn target(&self, action: Action, options: &RequestOptions) -> (String, String) {
        let mut query = self.query(action, options);
        let mut form = Vec::new();
        if options.form && self.transport.as_deref() == Some("longPolling") {
            form = query.extract_if(.., |(name, _)| name == "messageId" || name == "groupsToken").collect();
        }
        let parts = [encode_pairs(&query), self.qs.clone()];
        let query: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let path = options.path.as_deref().unwrap_or(action.path());
        let mut target = format!("{}/{path}", options.at.as_deref().unwrap_or(&self.mount));
        if !query.is_empty() {
            target += &format!("?{}", query.join("&"));
        }
        (target, encode_pairs(&form))
    }

    fn query(&self, action: Action, options: &RequestOptions) -> Vec<(String, String)> {
        let mut query: Vec<(String, String)> = Vec::new();
        let mut add = |name: &str, value: Option<String>| query.extend(value.map(|value| (name.to_owned(), value)));
        if action != Action::Ping {
            if action != Action::Negotiate {
                add("transport", self.transport.clone());
            }
            add("clientProtocol", self.protocol.clone());
            if action != Action::Negotiate {
                add("connectionToken", self.token.clone());
            }
            add("connectionData", self.hubs.as_deref().map(connection_data));
        }
        if matches!(action, Action::Reconnect | Action::Poll) {
            add("messageId", self.cursor.clone().filter(|cursor| !cursor.is_empty()));
            add("groupsToken", self.groups.clone().filter(|groups| !groups.is_empty()));
        }
        for (name, value) in &options.set.0 {
            match query.iter_mut().find(|(known, _)| known == name) {
                Some(pair) => pair.1.clone_from(value),
                None => query.push((name.clone(), value.clone())),
            }
        }
        query.retain(|(name, _)| !options.without.contains(name));
        query
    }

    /// The headers of a request.
    pub(crate) fn headers(&self, options: &RequestOptions) -> Vec<(String, String)> {
        let mut headers = options.headers.0.clone();
        let user = options.caller.as_ref().unwrap_or(&self.user);
        if let Some(user) = user.as_deref().filter(|user| !user.is_empty()) {
            headers.retain(|(name, _)| name != "Authorization");
            headers.push(("Authorization".into(), format!("Bearer {user}")));
        }
        headers
    }
}

/// The list of hubs as clients write it.
fn connection_data(hubs: &[String]) -> String {
    let hub = |name: &String| Json::Members(vec![("name".into(), Json::Text(name.clone()))]);
    Json::List(hubs.iter().map(hub).collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::field::Pairs;

    fn ann() -> Identity {
        let mut ann = Identity { token: Some("t/=".into()), cursor: Some("d-1,2".into()), ..Identity::default() };
        let transport = Some("longPolling".into());
        ann.configure(Settings { transport, user: Some("ann".into()), qs: "q=1".into(), ..Settings::default() });
        ann
    }

    const IDENTITY: &str = "transport=longPolling&clientProtocol=2.1&connectionToken=t%2F%3D\
        &connectionData=%5B%7B%22name%22%3A%22conformance%22%7D%5D";

    #[test]
    fn a_poll_carries_the_cursor_in_the_query_or_in_the_form() {
        let (target, form) = ann().target(Action::Poll, &RequestOptions::default());
        assert_eq!(target, format!("/signalr/poll?{IDENTITY}&messageId=d-1%2C2&q=1"));
        assert_eq!(form, "");
        let (target, form) = ann().target(Action::Poll, &RequestOptions { form: true, ..RequestOptions::default() });
        assert_eq!(target, format!("/signalr/poll?{IDENTITY}&q=1"));
        assert_eq!(form, "messageId=d-1%2C2");
    }

    #[test]
    fn other_requests_carry_what_they_need() {
        let options = RequestOptions::default();
        assert_eq!(ann().target(Action::Send, &options).0, format!("/signalr/send?{IDENTITY}&q=1"));
        assert_eq!(ann().target(Action::Ping, &options).0, "/signalr/ping?q=1");
        let negotiate = ann().target(Action::Negotiate, &options).0;
        assert!(negotiate.starts_with("/signalr/negotiate?clientProtocol=2.1&connectionData="), "{negotiate}");
    }

    #[test]
    fn a_step_can_change_a_request() {
        let options = RequestOptions {
            at: Some("/signalr/x".into()),
            path: Some("POLL".into()),
            set: Pairs(vec![("messageId".into(), String::new()), ("new".into(), "1".into())]),
            without: vec!["connectionData".into(), "connectionToken".into()],
            caller: Some(None),
            ..RequestOptions::default()
        };
        let target = ann().target(Action::Poll, &options).0;
        assert_eq!(target, "/signalr/x/POLL?transport=longPolling&clientProtocol=2.1&messageId=&new=1&q=1");
        assert!(ann().headers(&options).is_empty());
        assert_eq!(ann().headers(&RequestOptions::default())[0].1, "Bearer ann");
    }

    #[test]
    fn a_raw_connection_names_no_hubs() {
        let mut raw = Identity::default();
        raw.configure(Settings { mount: "/signalr-raw".into(), ..Settings::default() });
        assert_eq!(
            raw.target(Action::Negotiate, &RequestOptions::default()).0,
            "/signalr-raw/negotiate?clientProtocol=2.1"
        );
    }
}
