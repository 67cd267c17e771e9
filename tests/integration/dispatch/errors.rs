//! What a caller is told when a call does not work out, and what stays in the log.

use std::time::Duration;

use hub_core::{
    Options, Value,
    testing::{InvokeError, Transport},
};

use super::{Desk, Seat, generic, kit, server, told};
use crate::{Tested, log_text::LogText};

#[tokio::test(start_paused = true)]
async fn an_error_for_the_client_reaches_it_word_for_word_with_its_data() -> Tested {
    let ann = kit().connect::<Desk>().await?;
    let error = ann.invoke("public", ()).await.unwrap_err();
    assert_eq!((error.text(), error.is_for_client()), (Some("the room is full"), true));
    assert_eq!(error.data(), Some(Seat { row: 1, taken_by: None }));
    let empty = ann.invoke("emptyText", ()).await.unwrap_err();
    assert_eq!((told(&empty), empty.is_for_client()), ("error", true), "an empty text would read as success");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn any_other_error_is_told_to_the_log_alone_with_its_chain() -> Tested {
    let log = LogText::start();
    let ann = kit().connect::<Desk>().await?;
    let error = ann.invoke("Secret", ()).await.unwrap_err();
    assert_eq!((told(&error), error.is_for_client()), (&*generic("Secret"), false), "as the client spelled it");
    assert_eq!(error.data::<Value>(), None);
    log.assert_one(&["ERROR a hub method failed", "the disk of db-7 is full: an error occurred when formatting"]);
    assert_eq!(told(&ann.invoke("ownError", ("x",)).await.unwrap_err()), generic("ownError"));
    assert_eq!(ann.invoke("ownError", ("5",)).await?.result::<u32>(), 5);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn detailed_errors_tell_the_text_and_what_could_not_be_resolved() -> Tested {
    let ann = server(Options::default().detailed_errors(true)).connect::<Desk>().await?;
    assert_eq!(told(&ann.invoke("secret", ()).await.unwrap_err()), "the disk of db-7 is full");
    assert_eq!(
        told(&ann.invoke("nosuch", ()).await.unwrap_err()),
        "'nosuch' method could not be resolved. No method found with that name."
    );
    assert_eq!(
        told(&ann.invoke("joinRoom", ()).await.unwrap_err()),
        "'joinRoom' method could not be resolved. Potential candidates are: \njoinRoom(room)"
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_its_call_alone() -> Tested {
    let log = LogText::start();
    for transport in [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling] {
        let kit = kit();
        let ann = kit.client().hub::<Desk>().transport(transport).connect().await?;
        for at_once in [true, false] {
            let beside = ann.invoke("slow", ());
            assert_eq!(told(&ann.invoke("panics", (at_once,)).await.unwrap_err()), generic("panics"));
            assert_eq!(beside.await?.result::<String>(), "done");
        }
    }
    assert_eq!(log.lines_with(&["ERROR a hub method, or code around it, panicked"]).len(), 6);
    log.assert_none(&["secret of a panic"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_result_that_cannot_be_serialised_is_an_error() -> Tested {
    let ann = kit().connect::<Desk>().await?;
    assert_eq!(told(&ann.invoke("unserialisable", ()).await.unwrap_err()), generic("unserialisable"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_long_is_cancelled() -> Tested {
    let ann = server(Options::default().call_timeout(Some(Duration::from_secs(2)))).connect::<Desk>().await?;
    assert_eq!(told(&ann.invoke("slow", ()).await.unwrap_err()), generic("slow"));
    let detailed = Options::default().call_timeout(Some(Duration::from_secs(2))).detailed_errors(true);
    let ann = server(detailed).connect::<Desk>().await?;
    assert_eq!(told(&ann.invoke("slow", ()).await.unwrap_err()), "The operation was canceled.");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_is_no_invocation_is_answered_with_an_error() -> Tested {
    // The original is silent over WebSockets (13.1).
    let kit = kit();
    let ann = kit.connect::<Desk>().await?;
    for (text, told_text) in [
        (r#"{"H":"nosuch","M":"x","A":[],"I":"n"}"#, "The hub could not be resolved."),
        (r#"{"M":"x","A":[],"I":"n"}"#, "The invocation names no hub."),
        (r#"{"H":"desk","A":[],"I":"n"}"#, "The invocation names no method."),
        (r#"{"H":"desk","M":"x","A":7,"I":"n"}"#, "The arguments are not an array."),
        ("nonsense", "The message is not an invocation."),
        ("", "The message is not an invocation."),
        (r#"{"H":"desk","M":"x","I":[]}"#, "The invocation id is neither a number nor a text."),
    ] {
        let error = ann.send_text(text).await.unwrap_err();
        assert_eq!((told(&error), error.is_for_client()), (told_text, false), "{text}");
    }
    assert_eq!(ann.invoke("joinRoom", ("a",)).await?.result::<String>(), "a", "the connection stays up");
    let detailed = server(Options::default().detailed_errors(true)).connect::<Desk>().await?;
    let error = detailed.on_named("NoSuch").invoke("x", ()).await.unwrap_err();
    assert_eq!(told(&error), "'nosuch' Hub could not be resolved.");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn over_http_what_is_no_invocation_is_refused_with_400() -> Tested {
    let kit = kit();
    let ann = kit.client().hub::<Desk>().transport(Transport::ServerSentEvents).connect().await?;
    for text in ["nonsense", "", r#"{"H":"nosuch","M":"x","I":0}"#] {
        match ann.send_text(text).await.unwrap_err() {
            InvokeError::Refused(refused) => assert_eq!(refused.status, 400, "{text}"),
            other => panic!("{text}: {other}"),
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn ids_are_echoed_as_texts_whatever_they_were() -> Tested {
    let ann = kit().connect::<Desk>().await?;
    for id in ["1", "\"1\"", "0", "\"a b\"", "18446744073709551616", "\"é\""] {
        let text = format!(r#"{{"H":"desk","M":"nothing","I":{id}}}"#);
        ann.send_text(&text).await?;
    }
    Ok(())
}
