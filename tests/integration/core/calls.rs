//! Calls: what fits, what is refused, who waits for whom (sections 3.6, 5.4, 9.7, 10.1 and 10.4).

use std::{collections::HashMap, time::Duration};

use hub_core::{CancellationToken, Clients, HubError, HubResult, HubServer, Options, hub, hub_client};
use serde_json::json;

use super::{CoreClient, client::mount};
use crate::Tested;

#[hub_client]
trait Asked {
    fn told(&self, odd: HashMap<Vec<u8>, u8>);
    async fn confirm(&self, question: &str) -> bool;
}

#[hub(name = "calls", client = Asked)]
struct Calls;

#[hub]
impl Calls {
    #[hub_method]
    fn optional(&self, one: u32, two: Option<u32>, three: Option<u32>) -> Vec<u32> {
        [Some(one), two, three].into_iter().flatten().collect()
    }

    #[hub_method(name = "over")]
    fn over_one(&self, one: u32) -> &'static str {
        let _ = one;
        "one"
    }

    #[hub_method(name = "over")]
    fn over_two(&self, one: u32, two: u32) -> &'static str {
        let _ = (one, two);
        "two"
    }

    #[hub_method]
    fn unserialisable(&self) -> HashMap<Vec<u8>, u8> {
        HashMap::from([(vec![1], 1)])
    }

    #[hub_method]
    async fn tell_oddly(&self, clients: &Clients<Self>) -> HubResult {
        clients.all().told(HashMap::from([(vec![1], 1)])).await.map_err(|_| HubError::client("not sent"))
    }

    #[hub_method]
    async fn ask(&self, clients: &Clients<Self>) -> HubResult<bool> {
        Ok(clients.caller().confirm("?").await?)
    }

    #[hub_method]
    async fn ask_briefly(&self, clients: &Clients<Self>) -> HubResult<bool> {
        let answer = clients.caller().confirm("?").within(Duration::from_secs(1)).await;
        answer.map_err(|error| HubError::client(error.to_string()))
    }

    #[hub_method]
    fn echo(&self, text: String) -> String {
        text
    }

    #[hub_method]
    async fn until_cancelled(&self, stop: &CancellationToken) -> u32 {
        stop.cancelled().await;
        42
    }
}

async fn client() -> Result<CoreClient, Box<dyn std::error::Error>> {
    let hubs = HubServer::builder().hub(Calls).build()?;
    Ok(CoreClient::connect(&mount::<Calls>(&hubs), None).await)
}

#[tokio::test]
async fn optional_arguments_at_the_end_may_be_missing() -> Tested {
    let mut client = client().await?;
    assert_eq!(client.invoke("optional", json!([1])).await["result"], json!([1]));
    assert_eq!(client.invoke("optional", json!([1, null, 3])).await["result"], json!([1, 3]));
    for arguments in [json!([]), json!([1, 2, 3, 4]), json!(["one"])] {
        let refused = client.invoke("optional", arguments).await;
        assert_eq!(refused["error"], "Failed to invoke 'optional' due to an error on the server.");
    }
    Ok(())
}

#[tokio::test]
async fn the_number_that_is_told_is_the_largest_declared() -> Tested {
    let hubs = HubServer::builder().hub(Calls).options(Options::default().detailed_errors(true)).build()?;
    let mut client = CoreClient::connect(&mount::<Calls>(&hubs), None).await;
    let refused = client.invoke("OPTIONAL", json!([])).await;
    assert_eq!(
        refused["error"],
        "Failed to invoke 'optional' due to an error on the server. InvalidDataException: Invocation provides 0 argument(s) but target expects 3."
    );
    Ok(())
}

#[tokio::test]
async fn methods_that_share_a_name_are_told_apart_by_number() -> Tested {
    let mut client = client().await?;
    assert_eq!(client.invoke("over", json!([1])).await["result"], "one");
    assert_eq!(client.invoke("over", json!([1, 2])).await["result"], "two");
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_serialised_fails_its_call_and_ends_no_connection() -> Tested {
    let mut client = client().await?;
    let refused = client.invoke("unserialisable", json!([])).await;
    assert_eq!(refused["error"], "An unexpected error occurred invoking 'unserialisable' on the server.");
    let refused = client.invoke("tellOddly", json!([])).await;
    assert_eq!(
        refused["error"],
        "An unexpected error occurred invoking 'tellOddly' on the server. HubException: not sent"
    );
    assert_eq!(client.invoke("echo", json!(["fine"])).await["result"], "fine");
    Ok(())
}

#[tokio::test]
async fn a_call_that_asks_its_own_caller_lets_others_run_meanwhile() -> Tested {
    let mut client = client().await?;
    client.call("1", "ask", json!([])).await;
    let question = client.next().await;
    client.call("2", "echo", json!(["meanwhile"])).await;
    assert_eq!(client.next().await, json!({"type": 3, "invocationId": "2", "result": "meanwhile"}));
    client.send(json!({"type": 3, "invocationId": question["invocationId"], "result": true})).await;
    assert_eq!(client.next().await, json!({"type": 3, "invocationId": "1", "result": true}));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_question_may_have_a_limit() -> Tested {
    let mut client = client().await?;
    client.call("1", "askBriefly", json!([])).await;
    assert_eq!(client.next().await["target"], "confirm");
    let text = "An unexpected error occurred invoking 'askBriefly' on the server. HubException: Invocation canceled by the server.";
    assert_eq!(client.next().await["error"], text);
    Ok(())
}

#[tokio::test]
async fn a_plain_call_is_cancelled_by_its_token_and_answers_once() -> Tested {
    let mut client = client().await?;
    client.call("1", "untilCancelled", json!([])).await;
    // Unknown ids do no harm.
    client.send(json!({"type": 5, "invocationId": "none"})).await;
    client.send(json!({"type": 5, "invocationId": "1"})).await;
    client.send(json!({"type": 5, "invocationId": "1"})).await;
    assert_eq!(client.next().await, json!({"type": 3, "invocationId": "1", "result": 42}));
    assert_eq!(client.invoke("echo", json!(["on"])).await["result"], "on");
    Ok(())
}

#[tokio::test]
async fn what_a_later_version_says_is_passed_over() -> Tested {
    let mut client = client().await?;
    client.send(json!({"type": 99, "what": "ever"})).await;
    client.send_text("{\"type\":2,\"item\":1,\"invocationId\":\"unknown\"}\u{1e}").await;
    client.send(json!({"type": 8, "sequenceId": 5})).await;
    assert_eq!(client.invoke("echo", json!(["on"])).await["result"], "on");
    Ok(())
}

#[tokio::test]
async fn a_server_that_drains_says_that_the_client_may_come_back() -> Tested {
    let hubs = HubServer::builder().hub(Calls).build()?;
    let mount = mount::<Calls>(&hubs);
    let mut client = CoreClient::connect(&mount, None).await;
    let draining = tokio::spawn({
        let hubs = hubs.clone();
        async move { hubs.drain(Duration::ZERO).await }
    });
    assert_eq!(client.closed().await, json!({"type": 7, "allowReconnect": true}));
    draining.await?;
    assert!(mount.negotiate(&super::client::request("", None)).await.is_err());
    Ok(())
}
