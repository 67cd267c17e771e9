//! Both generations at once: one server, one set of groups (sections 10.1 and 10.3).

use futures_util::{Stream, stream};
use hub_core::{AnswerError, Caller, Clients, Groups, HubResult, HubServer, hub, hub_client, testing::TestServer};
use serde_json::json;

use super::{CoreClient, client::mount};
use crate::Tested;

#[hub_client]
trait Page {
    fn said(&self, text: &str);
    async fn confirm(&self, question: &str) -> bool;
}

#[hub(name = "room", client = Page)]
struct Room;

#[hub]
impl Room {
    #[hub_method]
    async fn join(&self, groups: &Groups<Self>, caller: &Caller, group: String) -> HubResult {
        Ok(groups.add(caller.connection_id(), group).await?)
    }

    #[hub_method]
    async fn say(&self, clients: &Clients<Self>, groups: Vec<String>, text: String) -> HubResult {
        Ok(clients.groups(groups).said(&text).await?)
    }

    #[hub_method]
    async fn ask(&self, clients: &Clients<Self>, id: String) -> HubResult<bool> {
        match clients.client(id).confirm("?").await {
            Err(AnswerError::NoResults) => Err(hub_core::HubError::client("no results")),
            answer => Ok(answer?),
        }
    }

    #[hub_method]
    fn count(&self, to: u32) -> impl Stream<Item = u32> + use<> {
        stream::iter(1..=to)
    }
}

#[tokio::test]
async fn a_room_of_both_generations_hears_everything_once_and_in_order() -> Tested {
    let hubs = HubServer::builder().hub(Room).build()?;
    let classic = TestServer::new(hubs.clone());
    let page = classic.connect::<Room>().await?;
    let mount = mount::<Room>(&hubs);
    let mut app = CoreClient::connect(&mount, None).await;
    page.invoke("join", ("a",)).await?;
    page.invoke("join", ("b",)).await?;
    assert_eq!(app.invoke("join", json!(["a"])).await["result"], json!(null));
    assert_eq!(app.invoke("join", json!(["b"])).await["result"], json!(null));
    // In both groups, and one copy each.
    page.invoke("say", (vec!["a", "b"], "from the page")).await?;
    let said = json!({"type": 1, "target": "said", "arguments": ["from the page"]});
    assert_eq!(app.next().await, said);
    app.call("1", "say", json!([["b", "a"], "from the app"])).await;
    assert_eq!(app.next().await["arguments"], json!(["from the app"]));
    assert_eq!(app.next().await, json!({"type": 3, "invocationId": "1", "result": null}));
    for text in ["from the page", "from the app"] {
        page.expect_call("said", (text,)).await;
    }
    Ok(())
}

#[tokio::test]
async fn a_classic_connection_says_what_it_cannot() -> Tested {
    let hubs = HubServer::builder().hub(Room).build()?;
    let classic = TestServer::new(hubs.clone());
    let page = classic.connect::<Room>().await?;
    let refused = page.invoke("count", (3,)).await.unwrap_err();
    assert!(refused.to_string().ends_with("The method 'count' streams; this connection cannot."), "{refused}");
    let mount = mount::<Room>(&hubs);
    let mut app = CoreClient::connect(&mount, None).await;
    let refused = app.invoke("ask", json!([page.id().as_str()])).await;
    assert_eq!(refused["error"], "An unexpected error occurred invoking 'ask' on the server. HubException: no results");
    Ok(())
}
