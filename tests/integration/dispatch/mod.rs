//! An invocation finds its method by name and number of arguments, and ends in exactly one answer (sections 3.2, 3.3, 3.5, 13.6).

mod errors;

use std::{num::ParseIntError, time::Duration};

use hub_core::{
    HubError, HubResult, HubServer, Options, Value, hub,
    testing::{InvokeError, TestServer},
};
use serde::{Deserialize, Serialize};

use crate::{Tested, hubs::Chat};

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Seat {
    row: u8,
    taken_by: Option<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("the disk of db-7 is full")]
struct Secret(#[source] std::fmt::Error);

/// A bit of everything that can be called.
#[hub]
struct Desk;

#[hub]
impl Desk {
    #[hub_method]
    fn join_room(&self, room: String) -> String {
        room
    }

    #[hub_method(name = "HANDWRITTEN")]
    fn named(&self) -> &'static str {
        "named"
    }

    #[hub_method(name = "over")]
    fn over_none(&self) -> u8 {
        0
    }

    #[hub_method(name = "over")]
    fn over_one(&self, _one: Value) -> u8 {
        1
    }

    #[hub_method(name = "over")]
    fn over_two(&self, _one: Value, _two: Value) -> u8 {
        2
    }

    #[hub_method]
    fn r#type(&self, r#match: u8) -> u8 {
        r#match
    }

    #[hub_method]
    fn nothing(&self) {}

    #[hub_method]
    async fn null(&self) -> Option<u8> {
        None
    }

    #[hub_method]
    fn seat(&self, seat: Seat) -> Seat {
        seat
    }

    #[hub_method]
    fn any(&self, value: Value) -> Value {
        value
    }

    #[hub_method]
    fn public(&self) -> HubResult {
        Err(HubError::client("the room is full").with_data(&Seat { row: 1, taken_by: None }))
    }

    #[hub_method]
    fn empty_text(&self) -> HubResult {
        Err(HubError::client(""))
    }

    #[hub_method]
    fn secret(&self) -> HubResult {
        Err(Secret(std::fmt::Error))?
    }

    #[hub_method]
    fn own_error(&self, text: String) -> Result<u32, ParseIntError> {
        text.parse()
    }

    #[hub_method]
    async fn panics(&self, at_once: bool) {
        if !at_once {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("secret of a panic")
    }

    #[hub_method]
    fn unserialisable(&self) -> std::collections::HashMap<Vec<u8>, u8> {
        [(vec![1], 1)].into()
    }

    #[hub_method]
    async fn slow(&self) -> &'static str {
        tokio::time::sleep(Duration::from_secs(3)).await;
        "done"
    }

    #[cfg(any())]
    #[hub_method]
    fn conditional(&self) -> &'static str {
        "never compiled"
    }

    #[cfg(test)]
    #[hub_method]
    fn conditional(&self) -> &'static str {
        "compiled"
    }

    // Not a hub method: nobody may call it.
    #[allow(dead_code)]
    fn private(&self) -> &'static str {
        "secret"
    }
}

fn server(options: Options) -> TestServer {
    TestServer::new(HubServer::builder().hub(Desk).options(options).build().unwrap())
}

fn kit() -> TestServer {
    server(Options::default())
}

const GENERIC: &str = "There was an error invoking Hub method 'desk.";

fn generic(method: &str) -> String {
    format!("{GENERIC}{method}'.")
}

fn told(error: &InvokeError) -> &str {
    error.text().unwrap_or_else(|| panic!("{error:?}"))
}

#[tokio::test(start_paused = true)]
async fn methods_are_camel_case_on_the_wire_and_found_in_any_case() -> Tested {
    let ann = kit().connect::<Desk>().await?;
    for name in ["joinRoom", "JoinRoom", "JOINROOM", "joinroom"] {
        assert_eq!(ann.invoke(name, ("a",)).await?.result::<String>(), "a", "{name}");
    }
    assert_eq!(told(&ann.invoke("join_room", ("a",)).await.unwrap_err()), generic("join_room"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn hubs_are_found_in_any_case_and_need_not_be_listed() -> Tested {
    let kit = TestServer::new(HubServer::builder().hub(Desk).hub(Chat::default()).build()?);
    let ann = kit.connect::<Chat>().await?;
    for name in ["desk", "Desk", "DESK"] {
        assert_eq!(ann.on_named(name).invoke("joinRoom", ("a",)).await?.result::<String>(), "a", "{name}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_given_name_holds_as_it_is_and_in_any_case() -> Tested {
    let ann = kit().connect::<Desk>().await?;
    assert_eq!(ann.invoke("handwritten", ()).await?.result::<String>(), "named");
    assert!(ann.invoke("named", ()).await.is_err(), "the name in Rust is no name on the wire");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_number_of_arguments_picks_among_methods_of_one_name() -> Tested {
    let ann = kit().connect::<Desk>().await?;
    assert_eq!(ann.invoke("over", ()).await?.result::<u8>(), 0);
    assert_eq!(ann.invoke("over", (1,)).await?.result::<u8>(), 1);
    assert_eq!(ann.invoke("over", ("a", "b")).await?.result::<u8>(), 2);
    assert_eq!(told(&ann.invoke("over", (1, 2, 3)).await.unwrap_err()), generic("over"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn raw_identifiers_lose_their_prefix() -> Tested {
    let ann = kit().connect::<Desk>().await?;
    assert_eq!(ann.invoke("type", (3,)).await?.result::<u8>(), 3);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_method_that_is_configured_away_is_not_there() -> Tested {
    let ann = kit().connect::<Desk>().await?;
    assert_eq!(ann.invoke("conditional", ()).await?.result::<String>(), "compiled");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_is_no_hub_method_cannot_be_called() -> Tested {
    let ann = kit().connect::<Desk>().await?;
    for name in ["private", "connected", "begin", "clone", "type_id", "", "$", "__proto__", "constructor"] {
        assert_eq!(told(&ann.invoke(name, ()).await.unwrap_err()), generic(name));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn nothing_and_null_have_no_result() -> Tested {
    let ann = kit().connect::<Desk>().await?;
    assert!(!ann.invoke("nothing", ()).await?.has_result());
    assert!(!ann.invoke("null", ()).await?.has_result());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn values_come_back_as_they_came() -> Tested {
    let ann = kit().connect::<Desk>().await?;
    let seat = Seat { row: 3, taken_by: Some("ann".to_owned()) };
    assert_eq!(ann.invoke("seat", (&seat,)).await?.result::<Seat>(), seat);
    for text in ["é", "\u{2028}", "<script>", "😀", "a\"b\\c", "\u{0}", ""] {
        assert_eq!(ann.invoke("any", (text,)).await?.result::<String>(), text, "{text:?}");
    }
    assert_eq!(ann.invoke("any", (u64::MAX,)).await?.result::<u64>(), u64::MAX);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn arguments_that_do_not_fit_are_an_error_and_the_method_is_not_entered() -> Tested {
    let ann = server(Options::default().detailed_errors(true)).connect::<Desk>().await?;
    for wrong in [serde_json::json!(1), serde_json::json!({ "row": 300 }), serde_json::json!(null)] {
        let error = ann.invoke("seat", (wrong,)).await.unwrap_err();
        assert!(told(&error).starts_with("argument 0 could not be read: "), "{error}");
    }
    let deep = (0..21).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]));
    let error = ann.invoke("any", (deep,)).await.unwrap_err();
    assert_eq!(told(&error), "argument 0 nests deeper than 20 levels");
    assert_eq!(ann.invoke("joinRoom", ("still here",)).await?.result::<String>(), "still here");
    Ok(())
}
