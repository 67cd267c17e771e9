//! Every store does what the contract says: the real things, started by the tests.

use hub_membership::{GroupDirectory, MembershipStore, MemoryStore, contract};

async fn holds(store: &(impl MembershipStore + GroupDirectory)) {
    contract::check(store).await;
    contract::check_directory(store).await;
}

#[tokio::test]
async fn memory() {
    holds(&MemoryStore::new()).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite() {
    let place = services::Sqlite::place();
    let store = hub_membership::SqliteStore::open(place.path()).await.unwrap();
    holds(&store).await;
    // A server that starts anew finds what is there.
    holds(&hub_membership::SqliteStore::open(place.path()).await.unwrap()).await;
    store.close().await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres() {
    let service = services::Postgres::start();
    holds(&hub_membership::PostgresStore::connect(&service.url()).await.unwrap()).await;
    holds(&hub_membership::PostgresStore::connect(&service.url()).await.unwrap()).await;
}

#[cfg(feature = "redis")]
#[tokio::test]
async fn redis() {
    let service = services::Redis::start();
    holds(&hub_membership::RedisStore::connect(&service.url()).await.unwrap()).await;
}

#[cfg(feature = "azure-table")]
#[tokio::test]
async fn azure_table() {
    let service = services::Azurite::start();
    holds(&hub_membership::AzureTableStore::open(&service.connection_string(), "memberships").await.unwrap()).await;
    hub_membership::AzureTableStore::open(&service.connection_string(), "not a table").await.unwrap_err();
}
