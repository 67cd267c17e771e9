//! Signed rejoin (section 10.6).

use hub_core::{Caller, Clients, DisconnectReason, Groups, HubResult, HubServer, SigningKeys, User, hub, hub_client};
use serde_json::{Value as Json, json};

use super::{CoreClient, client::mount};
use crate::Tested;

#[hub_client]
trait Page {
    fn said(&self, text: &str);
}

#[hub(name = "room", client = Page)]
struct Room;

#[hub]
impl Room {
    #[hub_method(reconnected)]
    fn back(&self, clients: &Clients<Self>) {
        clients.caller().said("welcome back");
    }

    #[hub_method(disconnected)]
    fn gone(&self, clients: &Clients<Self>, reason: DisconnectReason) {
        let _ = reason;
        clients.all().said("somebody left");
    }

    #[hub_method]
    async fn join(&self, groups: &Groups<Self>, caller: &Caller, group: String) -> HubResult {
        Ok(groups.add(caller.connection_id(), group).await?)
    }

    #[hub_method]
    async fn leave(&self, groups: &Groups<Self>, caller: &Caller, group: String) -> HubResult {
        Ok(groups.remove(caller.connection_id(), group).await?)
    }

    #[hub_method]
    async fn say(&self, clients: &Clients<Self>, group: String, text: String) -> HubResult {
        Ok(clients.group(group).said(&text).await?)
    }
}

fn server(keys: &SigningKeys) -> Result<HubServer, Box<dyn std::error::Error>> {
    Ok(HubServer::builder().signing_keys(keys.clone()).hub(Room).build()?)
}

async fn rejoin(client: &mut CoreClient, token: Json) -> Json {
    client.call("r", "$rejoin", json!([token])).await;
    loop {
        let message = client.next().await;
        if message["invocationId"] == "r" {
            return message["result"].clone();
        }
    }
}

/// Waits for a new token, whatever else is said.
async fn token(client: &mut CoreClient) -> Json {
    loop {
        let message = client.next().await;
        if message["target"] == "$token" {
            return message["arguments"][0].clone();
        }
    }
}

/// A client of this user in the group `g`, and its token.
async fn member(hubs: &HubServer, user: Option<&User>) -> (CoreClient, Json) {
    let mut client = CoreClient::connect(&mount::<Room>(hubs), user).await;
    let first = rejoin(&mut client, Json::Null).await;
    assert_eq!((&first["restored"], &first["reason"]), (&json!(false), &json!("no token")));
    client.call("j", "join", json!(["g"])).await;
    let token = token(&mut client).await;
    (client, token)
}

#[tokio::test]
async fn groups_come_back_by_token_and_the_previous_connection_ends() -> Tested {
    let hubs = server(&SigningKeys::generate()?)?;
    let (mut old, token) = member(&hubs, None).await;
    let mut new = CoreClient::connect(&mount::<Room>(&hubs), None).await;
    // A connection is run by who holds its socket.
    let (answer, last_words) = tokio::join!(rejoin(&mut new, token.clone()), old.closed());
    assert_eq!((&answer["restored"], &answer["groups"]), (&json!(true), &json!(["g"])));
    assert_eq!(last_words, json!({"type": 7, "allowReconnect": true}));
    new.call("1", "say", json!(["g", "hello"])).await;
    loop {
        if new.next().await["arguments"] == json!(["hello"]) {
            break;
        }
    }
    // A token is good once.
    let mut third = CoreClient::connect(&mount::<Room>(&hubs), None).await;
    let answer = rejoin(&mut third, token).await;
    assert_eq!(
        (&answer["restored"], &answer["groups"], &answer["reason"]),
        (&json!(false), &json!([]), &json!("already used"))
    );
    Ok(())
}

#[tokio::test]
async fn a_token_outlives_the_server() -> Tested {
    let keys = SigningKeys::generate()?;
    let (_old, token) = member(&server(&keys)?, None).await;
    let restarted = server(&keys)?;
    let mut new = CoreClient::connect(&mount::<Room>(&restarted), None).await;
    assert_eq!(rejoin(&mut new, token).await["groups"], json!(["g"]));
    let mut stranger = CoreClient::connect(&mount::<Room>(&server(&SigningKeys::generate()?)?), None).await;
    let (_other, token) = member(&restarted, None).await;
    assert_eq!(rejoin(&mut stranger, token).await["reason"], "forged");
    Ok(())
}

#[tokio::test]
async fn a_token_is_of_one_user_and_only_the_newest_is_good() -> Tested {
    let hubs = server(&SigningKeys::generate()?)?;
    let (ann, bob) = (User::new("ann")?, User::new("bob")?);
    let (mut first, old_token) = member(&hubs, Some(&ann)).await;
    let mut thief = CoreClient::connect(&mount::<Room>(&hubs), Some(&bob)).await;
    assert_eq!(rejoin(&mut thief, old_token.clone()).await["reason"], "wrong user");
    first.call("l", "leave", json!(["g"])).await;
    let new_token = token(&mut first).await;
    let mut again = CoreClient::connect(&mount::<Room>(&hubs), Some(&ann)).await;
    assert_eq!(rejoin(&mut again, old_token).await["reason"], "not the newest");
    let (answer, _) = tokio::join!(rejoin(&mut again, new_token), first.closed());
    assert_eq!((&answer["restored"], &answer["groups"]), (&json!(true), &json!([])));
    Ok(())
}
