//! Signed rejoin (section 10.6).

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hub_core::{
    Caller, Clients, DisconnectReason, GroupName, Groups, HubModule, HubResult, HubServer, Options, SigningKeys, User,
    hub, hub_client, hub_module,
    pipeline::{Rejoining, RejoiningNext},
};
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

/// Another hub, of the same server.
#[hub(name = "cellar", client = Page)]
struct Cellar {
    /// Its connected event takes a while.
    connected: Arc<AtomicBool>,
}

#[hub]
impl Cellar {
    #[hub_method(connected)]
    async fn here(&self) {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        self.connected.store(true, Ordering::Relaxed);
    }
}

fn server(keys: &SigningKeys) -> Result<HubServer, Box<dyn std::error::Error>> {
    Ok(HubServer::builder().signing_keys(keys.clone()).hub(Room).build()?)
}

async fn rejoin(client: &mut CoreClient, token: Json) -> Json {
    client.call("r", "$rejoin", json!([token])).await;
    client.until_completed("r").await.0["result"].clone()
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
    new.call("r", "$rejoin", json!([token.clone()])).await;
    // A connection is run by who holds its socket.
    let (heard, last_words) = tokio::join!(new.until_completed("r"), old.closed());
    let (answer, before) = heard;
    assert_eq!((&answer["result"]["restored"], &answer["result"]["groups"]), (&json!(true), &json!(["g"])));
    assert_eq!(last_words, json!({"type": 7, "allowReconnect": true}));
    // The disconnected event of the previous one has run.
    assert!(before.iter().any(|message| message["arguments"] == json!(["somebody left"])), "{before:?}");
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

/// How many tokens come in this time.
async fn tokens_in(client: &mut CoreClient, time: Duration) -> usize {
    let until = tokio::time::Instant::now() + time;
    let mut tokens = 0;
    while let Ok(message) = tokio::time::timeout_at(until, client.next_within(2 * time)).await {
        tokens += usize::from(message["target"] == "$token");
    }
    tokens
}

#[tokio::test(start_paused = true)]
async fn changes_of_membership_bring_at_most_one_token_in_100_ms() -> Tested {
    const MOMENT: Duration = Duration::from_millis(100);
    let hubs = server(&SigningKeys::generate()?)?;
    let (mut client, _) = member(&hubs, None).await;
    // Nothing has changed since.
    assert_eq!(tokens_in(&mut client, 10 * MOMENT).await, 0);
    for group in ["a", "b", "c", "d"] {
        client.call(group, "join", json!([group])).await;
    }
    assert_eq!(tokens_in(&mut client, 10 * MOMENT).await, 1);
    // One change each 10 ms for a second, each told in the end.
    let mut tokens = 0;
    for number in 0..100 {
        client.call("n", "join", json!([format!("group {number}")])).await;
        tokens += tokens_in(&mut client, MOMENT / 10).await;
    }
    assert!((5..=10).contains(&tokens), "{tokens} tokens in a second");
    client.call("last", "leave", json!(["g"])).await;
    let last = token(&mut client).await;
    let mut new = CoreClient::connect(&mount::<Room>(&hubs), None).await;
    let (answer, _) = tokio::join!(rejoin(&mut new, last), client.closed());
    let groups = answer["groups"].as_array().map_or(0, Vec::len);
    assert_eq!((answer["restored"].as_bool(), groups), (Some(true), 104));
    // Who is where it was without a change of it is told nothing.
    assert_eq!(tokens_in(&mut new, 10 * MOMENT).await, 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_before_it_expires() -> Tested {
    const LIFE: Duration = Duration::from_secs(600);
    let hubs = HubServer::builder().hub(Room).options(Options::default().token_life(LIFE)).build()?;
    let (mut client, mut newest) = member(&hubs, None).await;
    for _ in 0..3 {
        let issued = tokio::time::Instant::now();
        newest = loop {
            let message = client.next_within(LIFE).await;
            if message["target"] == "$token" {
                break message["arguments"][0].clone();
            }
        };
        assert!(issued.elapsed() < LIFE, "{:?}", issued.elapsed());
    }
    let mut new = CoreClient::connect(&mount::<Room>(&hubs), None).await;
    let (answer, _) = tokio::join!(rejoin(&mut new, newest), client.closed());
    assert_eq!((&answer["restored"], &answer["groups"]), (&json!(true), &json!(["g"])));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn who_does_not_ask_hears_nothing_of_it() -> Tested {
    let hubs = server(&SigningKeys::generate()?)?;
    let mut client = CoreClient::connect(&mount::<Room>(&hubs), None).await;
    client.call("j", "join", json!(["g"])).await;
    assert_eq!(client.next().await["invocationId"], "j");
    assert_eq!(tokens_in(&mut client, Duration::from_secs(3_600)).await, 0);
    Ok(())
}

#[tokio::test]
async fn a_token_beyond_24_kib_is_a_reference_that_a_restart_loses() -> Tested {
    const LONGEST: usize = 24 * 1024;
    let keys = SigningKeys::generate()?;
    // Names that make a token of a third below the bound, and one above it.
    for (groups, is_reference) in [(60, false), (120, true)] {
        let hubs = server(&keys)?;
        let mut client = CoreClient::connect(&mount::<Room>(&hubs), None).await;
        for number in 0..groups {
            let name = format!("{number:0200}");
            client.call("j", "join", json!([name])).await;
            assert_eq!(client.next().await["invocationId"], "j");
        }
        let answer = rejoin(&mut client, Json::Null).await;
        let token = answer["token"].clone();
        let length = token.as_str().map_or(0, str::len);
        assert!(length <= LONGEST && (length < 200) == is_reference, "{groups} groups: {length} bytes");
        // Another server, with the same keys.
        let restarted = server(&keys)?;
        let mut new = CoreClient::connect(&mount::<Room>(&restarted), None).await;
        let answer = rejoin(&mut new, token.clone()).await;
        let reason = if is_reference { json!("reference lost") } else { Json::Null };
        assert_eq!((&answer["restored"], &answer["reason"]), (&json!(!is_reference), &reason));
        // The one that has it.
        let mut new = CoreClient::connect(&mount::<Room>(&hubs), None).await;
        let (answer, _) = tokio::join!(rejoin(&mut new, token), client.closed());
        assert_eq!((&answer["restored"], answer["groups"].as_array().map(Vec::len)), (&json!(true), Some(groups)));
    }
    Ok(())
}

/// Has only what does not begin with `x`.
struct NoX;

#[hub_module]
impl HubModule for NoX {
    async fn rejoining_groups(&self, rejoining: Rejoining<'_>, next: RejoiningNext<'_>) -> HubResult<Vec<GroupName>> {
        let groups = next.run(rejoining).await?;
        Ok(groups.into_iter().filter(|group| !group.as_str().starts_with('x')).collect())
    }
}

#[tokio::test(start_paused = true)]
async fn the_stage_has_the_last_word_and_what_was_removed_meanwhile_stays_so() -> Tested {
    let hubs = HubServer::builder().hub(Room).module(NoX).build()?;
    let (mut old, _) = member(&hubs, None).await;
    for group in ["x", "removed"] {
        old.call("j", "join", json!([group])).await;
    }
    let token = token(&mut old).await;
    // Before a new token comes, the connection is over.
    hubs.hub::<Room>().groups().remove(&old.id, "removed").await?;
    old.send(json!({"type": 7})).await;
    loop {
        if old.next().await["type"] == 7 {
            break;
        }
    }
    drop(old);
    hubs.hub::<Room>().clients().group("g").said("meanwhile").await?;
    let mut new = CoreClient::connect(&mount::<Room>(&hubs), None).await;
    new.call("r", "$rejoin", json!([token.clone()])).await;
    let (mut said, mut answer) = (Vec::new(), Json::Null);
    while answer.is_null() {
        let message = new.next().await;
        match message["invocationId"] == "r" {
            true => answer = message["result"].clone(),
            false => said.push(message["arguments"][0].clone()),
        }
    }
    assert_eq!((&answer["restored"], &answer["groups"]), (&json!(true), &json!(["g"])));
    // Groups come back, and nothing that was said to them; the event has run before the answer.
    assert!(said.contains(&json!("welcome back")) && !said.contains(&json!("meanwhile")), "{said:?}");
    new.call("1", "say", json!(["x", "to x"])).await;
    new.call("2", "say", json!(["removed", "to removed"])).await;
    new.call("3", "say", json!(["g", "to g"])).await;
    let mut heard = Vec::new();
    loop {
        let message = new.next().await;
        heard.extend(message["arguments"][0].as_str().map(str::to_owned).filter(|text| text.starts_with("to ")));
        if message["invocationId"] == "3" {
            break;
        }
    }
    assert_eq!(heard, ["to g"]);
    Ok(())
}

#[tokio::test]
async fn a_token_of_another_hub_or_application_is_refused_and_the_connection_goes_on() -> Tested {
    let keys = SigningKeys::generate()?;
    let (_client, token) = member(&server(&keys)?, None).await;
    let cellar = Cellar { connected: Arc::default() };
    let hubs = HubServer::builder().signing_keys(keys.clone()).hub(Room).hub(cellar).build()?;
    let application = HubServer::builder().signing_keys(keys).application("another").hub(Room).build()?;
    for other in [mount::<Cellar>(&hubs), mount::<Room>(&application)] {
        let mut client = CoreClient::connect(&other, None).await;
        let answer = rejoin(&mut client, token.clone()).await;
        assert_eq!((&answer["restored"], &answer["groups"]), (&json!(false), &json!([])));
        assert!(answer["reason"].is_string() && answer["token"].is_string(), "{answer}");
        assert!(client.invoke("unknown", json!([])).await["error"].is_string());
    }
    // It was good all the while.
    let mut client = CoreClient::connect(&mount::<Room>(&hubs), None).await;
    assert_eq!(rejoin(&mut client, token).await["groups"], json!(["g"]));
    Ok(())
}

#[tokio::test]
async fn the_connected_event_has_run_before_groups_come_back() -> Tested {
    let connected = Arc::<AtomicBool>::default();
    let hubs = HubServer::builder().hub(Cellar { connected: connected.clone() }).build()?;
    let mut client = CoreClient::connect(&mount::<Cellar>(&hubs), None).await;
    assert_eq!(rejoin(&mut client, Json::Null).await["restored"], json!(false));
    assert!(connected.load(Ordering::Relaxed));
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
