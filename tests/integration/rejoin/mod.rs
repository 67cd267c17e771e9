//! What a reconnect gives: section 13.2, rule by rule, and what tokens do (sections 13.3, 4.4; P5).

mod cursors;
mod known;
mod lives;
mod refused;
mod stage;
mod unknown;

use hub_core::{
    rejoin::{Generation, Holder, SigningKeys, TokenAuthority},
    testing::{TestClient, TestServer},
};

use crate::{
    hubs::{Chat, Second, chat_server},
    noted::Noted,
};

/// A server with both hubs, that writes tokens with the keys of all tests.
fn kit() -> TestServer {
    TestServer::new(chat_server(&Noted::default()).build().unwrap())
}

/// The server's process dies; the next one has the same keys.
fn restart(kit: &TestServer) {
    kit.restart(chat_server(&Noted::default()).build().unwrap());
}

/// Ann, in these groups of the chat hub, with the token that says so.
async fn ann_in(kit: &TestServer, groups: &[&str]) -> TestClient {
    let ann = kit.client().hub::<Chat>().hub::<Second>().user("ann").connect().await.unwrap();
    for (index, group) in groups.iter().enumerate() {
        ann.invoke("join", (group,)).await.unwrap();
        ann.until_groups_tokens(index + 1).await;
    }
    ann
}

fn say(kit: &TestServer, group: &str, text: &str) {
    kit.hubs().hub::<Chat>().clients().group(group).show(text);
}

/// Which of these groups a client hears, by saying something in each of them.
async fn hears(kit: &TestServer, client: &TestClient, groups: &[&str]) -> Vec<String> {
    client.all_calls().await;
    for group in groups {
        say(kit, group, group);
    }
    shown(client).await
}

/// What a client has been shown since it was last asked.
async fn shown(client: &TestClient) -> Vec<String> {
    client.all_calls().await.iter().map(|call| call.args::<(String,)>().0).collect()
}

/// A token as the server with these keys would have issued it, but for what `change` changes.
async fn token(keys: SigningKeys, application: &str, holder: Holder<'_>, groups: &[&str]) -> String {
    let authority = TokenAuthority::builder(keys).application(application).build();
    let groups = [("chat".to_owned(), groups.iter().map(|group| (*group).to_owned()).collect::<Vec<String>>())];
    authority.issue_groups(holder, 1, &groups).await.unwrap().into_token()
}

fn holder<'a>(connection: &'a str, user: Option<&'a str>) -> Holder<'a> {
    Holder { generation: Generation::Classic, connection, user }
}
