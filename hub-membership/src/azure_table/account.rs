//! An account: where its tables are, and the signature of its requests (Shared Key for the table service).

use std::{collections::HashMap, fmt};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// What `UseDevelopmentStorage=true` stands for: the account that every emulator has.
const DEVELOPMENT: &str = "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;TableEndpoint=http://127.0.0.1:10002/devstoreaccount1";

/// A connection string that names no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a connection string of a storage account: {0}")]
pub(super) struct BadAccount(&'static str);

#[derive(Clone)]
pub(super) struct Account {
    pub name: String,
    /// Without a slash at its end.
    pub endpoint: String,
    key: Vec<u8>,
}

impl Account {
    /// Reads a connection string, as the portal of Azure shows it.
    pub(super) fn parse(text: &str) -> Result<Self, BadAccount> {
        let fields: HashMap<String, &str> = text
            .split(';')
            .filter_map(|field| field.trim().split_once('='))
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        if fields.get("usedevelopmentstorage").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Self::parse(DEVELOPMENT);
        }
        let field = |name: &str| fields.get(name).copied().filter(|value| !value.is_empty());
        let name = field("accountname").ok_or(BadAccount("it has no AccountName"))?;
        let key = field("accountkey").ok_or(BadAccount("it has no AccountKey"))?;
        let key = BASE64_STANDARD.decode(key).map_err(|_| BadAccount("its AccountKey is not base64"))?;
        let endpoint = match field("tableendpoint") {
            Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
            None => {
                let scheme = field("defaultendpointsprotocol").unwrap_or("https");
                let suffix = field("endpointsuffix").unwrap_or("core.windows.net");
                format!("{scheme}://{name}.table.{suffix}")
            }
        };
        Ok(Self { name: name.to_owned(), endpoint, key })
    }

    /// The `Authorization` of a request with this path, as it is sent.
    pub(super) fn authorization(&self, method: &str, content_type: &str, date: &str, path: &str) -> String {
        let text = format!("{method}\n\n{content_type}\n{date}\n/{}{path}", self.name);
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of any length will do for HMAC");
        mac.update(text.as_bytes());
        format!("SharedKey {}:{}", self.name, BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("name", &self.name).field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_string_says_where_the_tables_are() {
        let at = |text: &str| Account::parse(text).map(|account| account.endpoint);
        let key = "AccountKey=a2V5";
        assert_eq!(at(&format!("AccountName=one;{key}")).unwrap(), "https://one.table.core.windows.net");
        let there = format!("AccountName=one;{key};EndpointSuffix=core.example;DefaultEndpointsProtocol=http;");
        assert_eq!(at(&there).unwrap(), "http://one.table.core.example");
        assert_eq!(
            at(&format!("accountname=one;{key};TableEndpoint=http://host:1/one/")).unwrap(),
            "http://host:1/one"
        );
        assert_eq!(at("UseDevelopmentStorage=true").unwrap(), "http://127.0.0.1:10002/devstoreaccount1");
        assert_eq!(
            at(key).unwrap_err().to_string(),
            "not a connection string of a storage account: it has no AccountName"
        );
        at("AccountName=one;AccountKey=*").unwrap_err();
        assert!(!format!("{:?}", Account::parse(DEVELOPMENT).unwrap()).contains("Eby8"), "the key is secret");
    }
}
