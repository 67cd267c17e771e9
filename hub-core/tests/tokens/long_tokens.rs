//! R10, the token's part: a thousand groups of 256-byte names, in a URL under 2 KB.

use std::sync::Arc;

use hub_core::rejoin::{
    FileTokenStore, Generation, Holder, HubGroups, MemoryTokenStore, SigningKey, SigningKeys, TokenAuthority,
    TokenRefused, TokenStore,
};

fn groups() -> Vec<HubGroups> {
    vec![("chatHub".to_owned(), (0..1000).map(|group| format!("{group:0256}")).collect())]
}

fn keys() -> SigningKeys {
    SigningKeys::new([SigningKey::new([7; 32]).expect("32 bytes")]).expect("one key")
}

fn authority(store: Arc<dyn TokenStore>) -> TokenAuthority {
    TokenAuthority::builder(keys()).application("chat").shared_store(store).build()
}

async fn through_a_url(store: Arc<dyn TokenStore>) -> String {
    let user = "u".repeat(256);
    let authority = authority(store);
    let holder = Holder {
        generation: Generation::Classic,
        connection: "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
        user: Some(&user),
    };
    let connection_token = authority.issue_connection(holder.connection, holder.user);
    let issued = authority.issue_groups(holder, 7, &groups()).await.expect("stored");
    assert!(issued.token().len() <= 200, "{}", issued.token().len());
    let url = format!(
        "/signalr/reconnect?transport=serverSentEvents&messageId=d-12345678-B%2C0%7CC%2C1&clientProtocol=2.1\
         &connectionToken={connection_token}&connectionData=%5B%7B%22name%22%3A%22chathub%22%7D%5D\
         &groupsToken={}&tid=10",
        issued.token()
    );
    println!("the client is given {} characters; the URL has {}", issued.token().len(), url.len());
    assert!(url.len() <= 2048, "{}", url.len());
    assert!(url.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.%&=/?".contains(&byte)));
    let verified = authority.verify_groups(issued.token(), holder).await.expect("genuine");
    assert_eq!(verified.groups, groups());
    issued.into_token()
}

#[tokio::test]
async fn a_thousand_groups_come_back_from_memory() {
    through_a_url(Arc::new(MemoryTokenStore::new())).await;
}

#[tokio::test]
async fn a_thousand_groups_come_back_from_a_folder_after_a_restart() {
    let folder = std::env::temp_dir().join(format!("rejoin-long-{}", SigningKey::generate().expect("random").id()));
    let token = through_a_url(Arc::new(FileTokenStore::open(&folder).expect("made"))).await;
    let user = "u".repeat(256);
    let holder = Holder {
        generation: Generation::Classic,
        connection: "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
        user: Some(&user),
    };
    let restarted = authority(Arc::new(FileTokenStore::open(&folder).expect("still there")));
    assert_eq!(restarted.verify_groups(&token, holder).await.expect("genuine").groups, groups());
    std::fs::remove_dir_all(&folder).expect("still there");
    assert_eq!(restarted.verify_groups(&token, holder).await, Err(TokenRefused::ReferenceLost));
}

#[tokio::test]
async fn the_most_that_travels_itself_keeps_the_url_short() {
    let authority = authority(Arc::new(MemoryTokenStore::new()));
    let holder = Holder { generation: Generation::Classic, connection: "6f96", user: None };
    let mut longest = 0;
    for count in 0..200 {
        let groups = [("h".to_owned(), (0..count).map(|group: u32| format!("{group:08}")).collect::<Vec<_>>())];
        let issued = authority.issue_groups(holder, 7, &groups).await.expect("stored");
        assert!(issued.token().len() <= 1024);
        assert_eq!(issued.by_reference, issued.token().len() == 24, "{count}");
        longest = longest.max(issued.token().len());
        assert_eq!(authority.verify_groups(issued.token(), holder).await.expect("genuine").groups, groups);
    }
    assert!(longest > 1000, "{longest}");
}
