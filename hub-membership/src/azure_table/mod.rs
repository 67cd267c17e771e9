//! Azure Table storage, by its REST protocol: one entity for each membership.
//!
//! | file | subject |
//! |---|---|
//! | `account` | connection strings, and the signature of a request |
//! | `key` | names as keys |

mod account;
mod key;

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hub_core::{GroupName, UserId};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, Method, Response, StatusCode, Url};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt as _;
use serde::Deserialize;

use self::account::Account;
use crate::{GroupDirectory, MembershipStore, StoreError, StoreFuture};

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Partitions that are read at the same time.
const AT_ONCE: usize = 16;
/// The version of the service's protocol.
const VERSION: &str = "2019-02-02";
/// The partition of the groups that are known. No user's key begins like this.
const DIRECTORY: &str = "=groups";

/// Memberships in a table of Azure Table storage: one entity each, its partition key the user and its row key the group.
///
/// Letters and digits of all scripts stand in keys as they are, and so do `-`, `_` and `.`; every other byte of a name is `=` and two hexadecimal
/// digits, and a name that is too long that way is `=~` and its base64url. Groups that are known are entities of the partition `=groups`. The
/// service looks partitions up one by one, so the groups of many users are as many requests, sixteen at a time. A clone is another handle to the same table.
#[derive(Debug, Clone)]
pub struct AzureTableStore {
    client: Client,
    account: Arc<Account>,
    table: Arc<str>,
}

#[derive(Deserialize)]
struct Page {
    value: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "RowKey")]
    row_key: String,
}

/// What the service answered in place of doing what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("the table service answered {status} {code}")]
struct Refused {
    status: StatusCode,
    code: String,
}

impl AzureTableStore {
    /// Opens a table by a connection string of the storage account (`DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…`, or
    /// `UseDevelopmentStorage=true` for an emulator on this machine), and makes it if it is not there. The name of a table is 3 to 63 letters and digits.
    ///
    /// # Errors
    ///
    /// [`StoreError::Name`] for a bad string or name; [`StoreError::Failed`] if the service cannot be reached or refuses.
    pub async fn open(connection_string: &str, table: &str) -> Result<Self, StoreError> {
        let is_name = (3..=63).contains(&table.len())
            && table.starts_with(|first: char| first.is_ascii_alphabetic())
            && table.chars().all(|character| character.is_ascii_alphanumeric());
        if !is_name {
            return Err(StoreError::Name("a table is called by 3 to 63 letters and digits".into()));
        }
        let account = Account::parse(connection_string).map_err(|error| StoreError::Name(error.to_string().into()))?;
        let client = client(account.endpoint.starts_with("https:"))?;
        let store = Self { client, account: Arc::new(account), table: table.into() };
        let made = store.ask(Method::POST, "/Tables", &[], Some(format!(r#"{{"TableName":"{table}"}}"#))).await?;
        // One that is there is a conflict.
        expect(made, &[StatusCode::CREATED, StatusCode::NO_CONTENT, StatusCode::CONFLICT]).await?;
        Ok(store)
    }

    fn entity(&self, partition: &str, row: &str) -> String {
        let encoded = |key| utf8_percent_encode(key, NON_ALPHANUMERIC).to_string();
        format!("/{}(PartitionKey='{}',RowKey='{}')", self.table, encoded(partition), encoded(row))
    }

    async fn put(&self, partition: &str, row: &str) -> Result<(), StoreError> {
        let done = self.ask(Method::PUT, &self.entity(partition, row), &[], Some("{}".to_owned())).await?;
        expect(done, &[StatusCode::NO_CONTENT]).await.map(drop)
    }

    async fn rows_of(&self, partition: String) -> Result<Vec<String>, StoreError> {
        let mut rows = Vec::new();
        let mut next: Vec<(&str, String)> = Vec::new();
        loop {
            // A key of ours has no quotes.
            let mut query =
                vec![("$filter", format!("PartitionKey eq '{partition}'")), ("$select", "RowKey".to_owned())];
            query.append(&mut next);
            let page = self.ask(Method::GET, &format!("/{}()", self.table), &query, None).await?;
            let page = expect(page, &[StatusCode::OK]).await?;
            for (header, name) in [
                ("x-ms-continuation-nextpartitionkey", "NextPartitionKey"),
                ("x-ms-continuation-nextrowkey", "NextRowKey"),
            ] {
                if let Some(value) = page.headers().get(header).and_then(|value| value.to_str().ok()) {
                    next.push((name, value.to_owned()));
                }
            }
            let page = page.bytes().await.map_err(StoreError::failed)?;
            let page: Page = serde_json::from_slice(&page).map_err(StoreError::failed)?;
            rows.extend(page.value.into_iter().map(|row| row.row_key));
            if next.is_empty() {
                return Ok(rows);
            }
        }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<String>,
    ) -> Result<Response, StoreError> {
        let mut url = Url::parse(&format!("{}{path}", self.account.endpoint)).map_err(StoreError::failed)?;
        if !query.is_empty() {
            let query =
                query.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
            url.set_query(Some(&query.collect::<Vec<_>>().join("&")));
        }
        let content_type = if body.is_some() { "application/json" } else { "" };
        let date = httpdate::fmt_http_date(std::time::SystemTime::now());
        let authorization = self.account.authorization(method.as_str(), content_type, &date, url.path());
        let mut request = self
            .client
            .request(method.clone(), url)
            .header("x-ms-date", date)
            .header("x-ms-version", VERSION)
            .header("dataserviceversion", "3.0;NetFx")
            .header("maxdataserviceversion", "3.0;NetFx")
            .header("accept", "application/json;odata=nometadata")
            .header("authorization", authorization);
        if method == Method::DELETE {
            request = request.header("if-match", "*");
        }
        if let Some(body) = body {
            request = request.header("content-type", content_type).body(body);
        }
        request.send().await.map_err(StoreError::failed)
    }
}

/// Checks the answer; what the service says besides goes to the log.
async fn expect(response: Response, expected: &[StatusCode]) -> Result<Response, StoreError> {
    let status = response.status();
    if expected.contains(&status) {
        return Ok(response);
    }
    let code = response.headers().get("x-ms-error-code").and_then(|code| code.to_str().ok()).unwrap_or_default();
    Err(StoreError::failed(Refused { status, code: code.to_owned() }))
}

/// A client that trusts whom the system trusts. Without TLS it trusts nobody, and needs no certificates of the system.
fn client(with_tls: bool) -> Result<Client, StoreError> {
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(StoreError::failed)?;
    let tls = if with_tls {
        tls.with_platform_verifier().map_err(StoreError::failed)?.with_no_client_auth()
    } else {
        tls.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
    };
    Client::builder().tls_backend_preconfigured(tls).timeout(PATIENCE).build().map_err(StoreError::failed)
}

/// What another program wrote and cannot be a group is left out.
fn names(rows: Vec<String>) -> Vec<GroupName> {
    let names = rows.iter().filter_map(|row| key::from_key(row));
    names.filter_map(|name| GroupName::new(name).ok()).collect()
}

impl MembershipStore for AzureTableStore {
    fn groups_of<'a>(&'a self, user: &'a UserId) -> StoreFuture<'a, Vec<GroupName>> {
        Box::pin(async move { Ok(names(self.rows_of(key::to_key(user.as_str())).await?)) })
    }

    fn add<'a>(&'a self, user: &'a UserId, group: &'a GroupName) -> StoreFuture<'a, ()> {
        Box::pin(async move { self.put(&key::to_key(user.as_str()), &key::to_key(group.as_str())).await })
    }

    fn remove<'a>(&'a self, user: &'a UserId, group: &'a GroupName) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let entity = self.entity(&key::to_key(user.as_str()), &key::to_key(group.as_str()));
            let done = self.ask(Method::DELETE, &entity, &[], None).await?;
            // One that is not there need not go.
            expect(done, &[StatusCode::NO_CONTENT, StatusCode::NOT_FOUND]).await.map(drop)
        })
    }

    fn groups_of_many<'a>(&'a self, users: &'a [UserId]) -> StoreFuture<'a, Vec<Vec<GroupName>>> {
        Box::pin(async move {
            let keys: Vec<String> = users.iter().map(|user| key::to_key(user.as_str())).collect();
            stream::iter(keys)
                .map(|key| async move { Ok(names(self.rows_of(key).await?)) })
                .buffered(AT_ONCE)
                .try_collect()
                .await
        })
    }
}

impl GroupDirectory for AzureTableStore {
    fn create<'a>(&'a self, group: &'a GroupName) -> StoreFuture<'a, ()> {
        Box::pin(async move { self.put(DIRECTORY, &key::to_key(group.as_str())).await })
    }

    fn is_known<'a>(&'a self, group: &'a GroupName) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let entity = self.entity(DIRECTORY, &key::to_key(group.as_str()));
            let found = self.ask(Method::GET, &entity, &[], None).await?;
            Ok(expect(found, &[StatusCode::OK, StatusCode::NOT_FOUND]).await?.status() == StatusCode::OK)
        })
    }
}
