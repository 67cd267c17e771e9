//! Negotiation (sections 1.3 and 1.4).

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use super::{
    CoreRefusal, Transport,
    link::{Agreed, Link},
    mounted::Mounted,
    refresh::lifetime_seconds,
};
use crate::{hub::Request, protocol::quoted};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    use_stateful_reconnect: Option<bool>,
    negotiate_version: i32,
    connection_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_lifetime_seconds: Option<i32>,
    available_transports: Vec<Available>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Available {
    transport: &'static str,
    transfer_formats: &'static [&'static str],
}

/// The version that both know, or the text of the error.
pub(crate) fn version(asked: Option<&str>, minimum: i32) -> Result<i32, String> {
    const HIGHEST: i32 = 1;
    let asked = match asked {
        None => 0,
        Some(text) => text
            .trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}'])
            .parse::<i32>()
            .map_err(|_| "The client requested a non-integer protocol version.".to_owned())?,
    };
    if asked < minimum {
        return Err(format!("The client requested version '{asked}', but the server does not support this version."));
    }
    Ok(asked.min(HIGHEST))
}

impl Mounted {
    /// Reserves a connection. What a client asks for in vain is no refusal, but an error in an ordinary answer.
    pub(super) fn negotiate(self: &Arc<Self>, request: &Request) -> Result<Bytes, CoreRefusal> {
        let settings = &self.settings;
        if self.server.is_draining() {
            return Err(CoreRefusal::text(503, "The server is shutting down."));
        }
        let version = match version(request.query("negotiateVersion").as_deref(), settings.minimum_protocol_version) {
            Ok(version) => version,
            Err(error) => return Ok(format!("{{\"error\":{}}}", quoted(&error)).into()),
        };
        let asks = request.query("useStatefulReconnect");
        let stateful =
            settings.allow_stateful_reconnects && asks.is_some_and(|asks| asks.trim().eq_ignore_ascii_case("true"));
        let agreed = Agreed { version, stateful, user: request.user().cloned() };
        let link = Link::new(self.clone(), agreed);
        self.add(&link, true)?;
        self.beat();
        let offered = Transport::ALL.into_iter().filter(|transport| settings.transports.contains(*transport));
        Ok(encode(&Response {
            use_stateful_reconnect: stateful.then_some(true),
            negotiate_version: version,
            connection_id: link.id.as_str(),
            connection_token: (version > 0).then_some(link.token.as_str()),
            token_lifetime_seconds: link
                .expiry()
                .filter(|_| settings.enable_authentication_refresh)
                .and_then(|expiry| lifetime_seconds(Some(expiry))),
            available_transports: offered
                .map(|transport| Available {
                    transport: transport.name(),
                    transfer_formats: if transport.is_binary() { &["Text", "Binary"] } else { &["Text"] },
                })
                .collect(),
        }))
    }
}

fn encode(value: &impl Serialize) -> Bytes {
    // Texts, numbers and lists have no way to fail.
    serde_json::to_vec(value).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_clamped_and_what_is_no_number_is_an_error() {
        const NO_NUMBER: &str = "The client requested a non-integer protocol version.";
        let not_supported = |version: &str| {
            Err(format!("The client requested version '{version}', but the server does not support this version."))
        };
        assert_eq!(version(None, 0), Ok(0));
        assert_eq!(version(Some(" 1 "), 0), Ok(1));
        assert_eq!(version(Some("7"), 0), Ok(1));
        assert_eq!(version(Some("-1"), 0), not_supported("-1"));
        assert_eq!(version(None, 1), not_supported("0"));
        for text in ["", "1.0", "one", "1,1", "99999999999"] {
            assert_eq!(version(Some(text), 0), Err(NO_NUMBER.to_owned()), "{text:?}");
        }
    }
}
