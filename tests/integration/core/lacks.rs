//! What a generation lacks, and what both have (section 10.3).

use hub_core::{
    Caller, CallerState, Clients, ConnectionId, Groups, HubResult, HubServer, Progress, StreamReceiver, User, hub,
    hub_client, testing::TestServer,
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
    #[hub_method]
    fn count(&self, progress: &Progress<u32>, to: u32) -> HubResult<&'static str> {
        for number in 1..=to {
            progress.report(&number)?;
        }
        Ok("counted")
    }

    #[hub_method]
    async fn state(&self, state: &CallerState, clients: &Clients<Self>) -> HubResult<Option<u32>> {
        let before = state.get("seen")?;
        state.set("seen", &7)?;
        clients.caller().said("with the call").await?;
        Ok(before)
    }

    #[hub_method]
    async fn sum(&self, mut numbers: StreamReceiver<i32>) -> HubResult<i32> {
        let mut sum = 0_i32;
        while let Some(number) = numbers.next().await {
            sum = sum.wrapping_add(number?);
        }
        Ok(sum)
    }

    #[hub_method]
    async fn join(&self, groups: &Groups<Self>, caller: &Caller, group: String) -> HubResult {
        Ok(groups.add(caller.connection_id(), group).await?)
    }

    /// Says the name of each selector to those that it selects.
    #[hub_method]
    async fn tell(&self, clients: &Clients<Self>, caller: &Caller, other: ConnectionId) -> HubResult {
        let (me, other) = ([caller.connection_id()], [other]);
        clients.all().said("all").await?;
        clients.all_except(other).said("all but the other").await?;
        clients.others().said("others").await?;
        clients.caller().said("caller").await?;
        clients.client(other[0]).said("client").await?;
        clients.clients([me[0], other[0]]).said("clients").await?;
        clients.group("g").said("group").await?;
        clients.group_except("g", me).said("group but me").await?;
        clients.groups(["g", "empty"]).said("groups").await?;
        clients.groups_except(["g"], other).said("groups but the other").await?;
        clients.others_in_group("g").said("others in group").await?;
        clients.user("ann").said("user").await?;
        clients.users(["ann", "nobody"]).said("users").await?;
        Ok(())
    }
}

#[hub(name = "other")]
struct Other;

#[hub]
impl Other {
    #[hub_method]
    fn only_here(&self) -> u32 {
        1
    }
}

fn hubs() -> Result<HubServer, Box<dyn std::error::Error>> {
    Ok(HubServer::builder().hub(Room).hub(Other).build()?)
}

#[tokio::test]
async fn progress_goes_nowhere_on_a_core_connection_and_the_result_comes() -> Tested {
    let hubs = hubs()?;
    let mut app = CoreClient::connect(&mount::<Room>(&hubs), None).await;
    // `invoke` takes nothing but the completion.
    assert_eq!(app.invoke("count", json!([3])).await, json!({"type": 3, "invocationId": "i", "result": "counted"}));
    let classic = TestServer::new(hubs);
    let page = classic.connect::<Room>().await?;
    let mut call = page.invoke("count", (3,));
    for step in 1..=3 {
        assert_eq!(call.next_progress::<u32>().await, step);
    }
    assert_eq!(call.answer().await?.result::<String>(), "counted");
    Ok(())
}

#[tokio::test]
async fn a_core_caller_has_no_state_and_changes_of_it_are_dropped() -> Tested {
    let hubs = hubs()?;
    let mut app = CoreClient::connect(&mount::<Room>(&hubs), None).await;
    for _ in 0..2 {
        app.call("1", "state", json!([])).await;
        assert_eq!(app.next().await, json!({"type": 1, "target": "said", "arguments": ["with the call"]}));
        assert_eq!(app.next().await, json!({"type": 3, "invocationId": "1", "result": null}));
    }
    let classic = TestServer::new(hubs);
    let page = classic.connect::<Room>().await?;
    page.invoke("state", ()).await?;
    assert_eq!(page.state::<u32>("seen"), Some(7));
    Ok(())
}

#[tokio::test]
async fn a_core_mount_has_one_hub_and_a_classic_connection_several() -> Tested {
    let hubs = hubs()?;
    let mut app = CoreClient::connect(&mount::<Room>(&hubs), None).await;
    for target in ["onlyHere", "other.onlyHere"] {
        let refused = app.invoke(target, json!([])).await;
        let text =
            format!("Failed to invoke '{target}' due to an error on the server. HubException: Method does not exist.");
        assert_eq!(refused["error"], text);
    }
    let mut elsewhere = CoreClient::connect(&mount::<Other>(&hubs), None).await;
    assert_eq!(elsewhere.invoke("onlyHere", json!([])).await["result"], 1);
    let classic = TestServer::new(hubs);
    let page = classic.client().hub::<Room>().hub::<Other>().connect().await?;
    assert_eq!(page.on::<Other>().invoke("onlyHere", ()).await?.result::<u32>(), 1);
    assert_eq!(page.on::<Room>().invoke("count", (0,)).await?.result::<String>(), "counted");
    Ok(())
}

#[tokio::test]
async fn an_upload_works_on_a_core_connection_and_is_an_error_on_a_classic_one() -> Tested {
    let hubs = hubs()?;
    let mut app = CoreClient::connect(&mount::<Room>(&hubs), None).await;
    app.send(json!({"type": 1, "invocationId": "1", "target": "sum", "arguments": [], "streamIds": ["s"]})).await;
    for item in [3, 4] {
        app.send(json!({"type": 2, "invocationId": "s", "item": item})).await;
    }
    app.send(json!({"type": 3, "invocationId": "s"})).await;
    assert_eq!(app.next().await["result"], 7);
    let classic = TestServer::new(hubs);
    let page = classic.connect::<Room>().await?;
    let refused = page.invoke("sum", ()).await.unwrap_err();
    assert!(refused.to_string().ends_with("The method 'sum' streams; this connection cannot."), "{refused}");
    Ok(())
}

#[tokio::test]
async fn every_selector_reaches_clients_of_both_generations() -> Tested {
    let hubs = hubs()?;
    let classic = TestServer::new(hubs.clone());
    let page = classic.client().hub::<Room>().user("ann").connect().await?;
    let mut app = CoreClient::connect(&mount::<Room>(&hubs), Some(&User::new("ann")?)).await;
    page.invoke("join", ("g",)).await?;
    app.invoke("join", json!(["g"])).await;
    let (mine, others) = (
        ["all", "all but the other", "caller", "clients", "group", "groups", "groups but the other", "user", "users"],
        ["all", "others", "client", "clients", "group", "group but me", "groups", "others in group", "user", "users"],
    );
    let said = |message: Json| message["arguments"][0].as_str().map(str::to_owned).unwrap();

    page.invoke("tell", (app.id.as_str(),)).await?;
    for text in mine {
        page.expect_call("said", (text,)).await;
    }
    for text in others {
        assert_eq!(said(app.next().await), text);
    }
    app.call("1", "tell", json!([page.id().as_str()])).await;
    for text in mine {
        assert_eq!(said(app.next().await), text);
    }
    assert_eq!(app.next().await, json!({"type": 3, "invocationId": "1", "result": null}));
    for text in others {
        page.expect_call("said", (text,)).await;
    }
    page.no_calls().await;
    Ok(())
}
