//! Every store does what the contract says: the real things, started by the tests.

use hub_membership::{MemoryStore, contract};

#[tokio::test]
async fn memory() {
    let store = MemoryStore::new();
    contract::check(&store).await;
    contract::check_directory(&store).await;
}
