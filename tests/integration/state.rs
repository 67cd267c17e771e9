//! Caller state goes round: what the page has comes with a call, what the method changes goes back (section 3.5).

use hub_core::{
    CallerState, Clients, HubContext, HubResult, HubServer, Value, hub, hub_client,
    testing::{TestServer, Transport},
};
use serde_json::json;

use crate::Tested;

#[hub_client]
trait Page {
    fn greet(&self);
}

#[hub(client = Page)]
struct Names;

#[hub]
impl Names {
    #[hub_method]
    fn get(&self, state: &CallerState, key: String) -> HubResult<Option<Value>> {
        state.get(&key)
    }

    #[hub_method]
    fn set(&self, state: &CallerState, key: String, value: Value) -> HubResult {
        state.set(&key, &value)
    }

    #[hub_method]
    async fn greet_twice(&self, cx: &HubContext<Self>, clients: &Clients<Self>) -> HubResult {
        clients.caller().greet().await?;
        cx.state().set("greeted", &true)?;
        clients.caller().greet().await?;
        clients.all().greet().await?;
        Ok(())
    }

    #[hub_method]
    fn measure(&self, state: &CallerState) -> HubResult<Option<f64>> {
        state.set("measured", &0.5)?;
        assert!(state.set("measured", &f64::NAN).is_err(), "JSON has no word for it, and null is another value");
        state.get("measured")
    }

    #[hub_method]
    fn wrong_type(&self, state: &CallerState) -> HubResult<Option<u8>> {
        state.get("name")
    }
}

#[hub]
struct Other;

#[hub]
impl Other {
    #[hub_method]
    fn get(&self, state: &CallerState, key: String) -> HubResult<Option<Value>> {
        state.get(&key)
    }
}

fn kit() -> TestServer {
    TestServer::new(HubServer::builder().hub(Names).hub(Other).build().unwrap())
}

#[tokio::test(start_paused = true)]
async fn what_the_page_has_comes_with_the_call() -> Tested {
    for transport in [Transport::WebSockets, Transport::LongPolling] {
        let kit = kit();
        let ann = kit.client().hub::<Names>().transport(transport).connect().await?;
        ann.set_state("name", "bob");
        assert_eq!(ann.invoke("get", ("name",)).await?.result::<String>(), "bob");
        assert!(!ann.invoke("get", ("Name",)).await?.has_result(), "keys are case-sensitive");
        assert!(!ann.on::<Other>().invoke("get", ("name",)).await?.has_result(), "each hub has its own");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn only_what_changed_goes_back() -> Tested {
    let ann = kit().connect::<Names>().await?;
    let changed = ann.invoke("set", ("n", 1)).await?;
    assert_eq!(changed.state, Some(json!({ "n": 1 })));
    assert_eq!(ann.state::<u8>("n"), Some(1));
    assert_eq!(ann.invoke("set", ("n", 1)).await?.state, None, "the same value is no change");
    assert_eq!(ann.invoke("set", ("n", 2)).await?.state, Some(json!({ "n": 2 })));
    assert_eq!(ann.invoke("get", ("n",)).await?.state, None);
    assert_eq!(ann.invoke("set", ("new", ())).await?.state, None, "null is what a key that is not there has");
    let list = ann.invoke("set", ("l", [1])).await?.state;
    assert_eq!(ann.invoke("set", ("l", [1])).await?.state, list, "an array that is assigned counts as changed");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn changes_travel_with_later_calls_to_the_caller_alone() -> Tested {
    let kit = kit();
    let ann = kit.connect::<Names>().await?;
    let bob = kit.connect::<Names>().await?;
    ann.invoke("greetTwice", ()).await?;
    assert_eq!(ann.next_call().await.state, None, "made before the change");
    assert_eq!(ann.next_call().await.state, Some(json!({ "greeted": true })));
    assert_eq!(ann.next_call().await.state, None, "a call to all");
    assert_eq!(bob.next_call().await.state, None);
    assert_eq!(ann.state::<bool>("greeted"), Some(true));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_value_that_json_cannot_say_is_not_set() -> Tested {
    let ann = kit().connect::<Names>().await?;
    let measured = ann.invoke("measure", ()).await?;
    assert_eq!(measured.state, Some(json!({ "measured": 0.5 })));
    assert_eq!(measured.result::<f64>(), 0.5);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_value_of_another_type_is_an_error_of_the_call() -> Tested {
    let ann = kit().connect::<Names>().await?;
    ann.set_state("name", "bob");
    assert!(ann.invoke("wrongType", ()).await.is_err());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn state_is_bounded_in_length_and_depth() -> Tested {
    let ann = kit().connect::<Names>().await?;
    // {"k":"…"} with 4,096 characters in all.
    ann.set_state("k", "x".repeat(4_088));
    ann.invoke("get", ("k",)).await?;
    ann.set_state("k", "x".repeat(4_089));
    let error = ann.invoke("get", ("k",)).await.unwrap_err();
    assert_eq!(error.text(), Some("State has exceeded the maximum length of 4096 bytes."));
    ann.set_state("k", (0..21).fold(json!(1), |inner, _| json!([inner])));
    assert!(ann.invoke("get", ("k",)).await.is_err());
    ann.set_state("k", 1);
    ann.invoke("get", ("k",)).await?;
    Ok(())
}
