//! Stateful reconnect (section 4).

use hub_core::{Caller, Clients, ConnectionId, HubResult, HubServer, Options, User, core::CoreMount, hub, hub_client};
use serde_json::json;

use super::CoreClient;
use crate::Tested;

#[hub_client]
trait Page {
    fn said(&self, number: u32);
}

#[hub(name = "stateful", client = Page)]
struct Stateful;

#[hub]
impl Stateful {
    #[hub_method]
    async fn flood(&self, clients: &Clients<Self>, count: u32) -> HubResult {
        for number in 1..=count {
            clients.caller().said(number).await?;
        }
        Ok(())
    }

    #[hub_method]
    fn id(&self, caller: &Caller) -> ConnectionId {
        caller.connection_id()
    }
}

fn mount() -> Result<CoreMount, Box<dyn std::error::Error>> {
    let hubs = HubServer::builder().hub(Stateful).build()?;
    let options = Options::default()
        .allow_stateful_reconnects(true)
        .stateful_reconnect_buffer_size(200)
        .transport_max_buffer_size(200);
    Ok(hubs.core_mount::<Stateful>(options)?)
}

#[tokio::test]
async fn a_client_that_comes_back_is_told_where_it_stands_and_misses_nothing() -> Tested {
    let mount = mount()?;
    let mut client = CoreClient::connect_stateful(&mount, None).await;
    let id = client.invoke("id", json!([])).await["result"].clone();
    client.call("1", "flood", json!([2])).await;
    for number in [1, 2] {
        assert_eq!(client.next().await["arguments"], json!([number]));
    }
    assert_eq!(client.next().await["type"], 3);
    client.send(json!({"type": 8, "sequenceId": 2})).await;
    // The answer says that what was sent before has been heard.
    client.invoke("id", json!([])).await;
    client.come_back(&mount, None).await;
    assert_eq!(client.next().await, json!({"type": 9, "sequenceId": 3}));
    assert_eq!(client.next().await["arguments"], json!([2]));
    assert_eq!(client.next().await["invocationId"], "1");
    assert_eq!(client.next().await["invocationId"], "i");
    client.send(json!({"type": 9, "sequenceId": 4})).await;
    client.send(json!({"type": 8, "sequenceId": 5})).await;
    assert_eq!(client.invoke("id", json!([])).await["result"], id);
    Ok(())
}

#[tokio::test]
async fn nobody_else_comes_back_with_a_connection() -> Tested {
    let mount = mount()?;
    let (ann, bob) = (User::new("ann")?, User::new("bob")?);
    let mut client = CoreClient::connect_stateful(&mount, Some(&ann)).await;
    for user in [Some(&bob), None] {
        let refused = CoreClient::open(&mount, &client.token, user).await.unwrap_err();
        assert_eq!(refused.status, 403);
    }
    assert!(client.invoke("id", json!([])).await["result"].is_string(), "the old socket still works");
    Ok(())
}

#[tokio::test]
async fn a_number_that_cannot_be_ends_the_connection() -> Tested {
    for number in [0, -1, 3] {
        let mut client = CoreClient::connect_stateful(&mount()?, None).await;
        client.send(json!({"type": 9, "sequenceId": number})).await;
        let closed = client.closed().await;
        assert_eq!(closed["error"], "Connection closed with an error.");
    }
    Ok(())
}

#[tokio::test]
async fn an_acknowledgement_is_heard_behind_a_call_that_waits() -> Tested {
    let mount = mount()?;
    let mut client = CoreClient::connect_stateful(&mount, None).await;
    // More than the buffer and the outbox hold, and a call behind it that waits for its turn.
    client.call("1", "flood", json!([100])).await;
    client.call("2", "id", json!([])).await;
    for number in 1..=100 {
        let next = client.next().await;
        assert_eq!(next["arguments"], json!([number]), "{next}");
        client.send(json!({"type": 8, "sequenceId": number})).await;
    }
    assert_eq!(client.next().await["invocationId"], "1");
    client.send(json!({"type": 8, "sequenceId": 101})).await;
    assert_eq!(client.next().await["invocationId"], "2");
    Ok(())
}
