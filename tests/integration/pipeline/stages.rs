//! What a module can do in a stage: answer in the hub's place, replace a result or an error, refuse, and see what it is told.

use hub_core::{
    Completion, DisconnectReason, HubError, HubModule, HubResult, HubServer, SendError, hub_module,
    pipeline::{ConnectionEvent, EventNext, IncomingCall, IncomingNext, OutgoingCall, OutgoingNext},
    testing::TestServer,
};

use crate::{Tested, hubs::Chat, log_text::LogText, noted::Noted};

/// Acts by the name of the called method, whatever the hub has.
#[derive(Default)]
struct Calls(Noted);

#[hub_module]
impl HubModule for Calls {
    async fn incoming(&self, call: IncomingCall<'_>, next: IncomingNext<'_>) -> Completion {
        self.0.note(format!("{}.{}({}) by {:?}", call.hub, call.method, call.parameters.join(", "), call.user()));
        match call.method {
            "echo" => {
                let replaced = call.result(&"replaced");
                next.run(call).await?;
                replaced
            }
            "join" => call.result(&"not called"),
            "say" => Err(HubError::client("not today")),
            "leave" => match next.run(call).await {
                Err(_) => Err(HubError::client("replaced error")),
                done => done,
            },
            "tellAll" => panic!("a module on purpose"),
            _ => next.run(call).await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn incoming_sees_declared_names_and_may_replace_answer_and_refuse() -> Tested {
    let calls = Calls::default();
    let noted = calls.0.clone();
    let kit = TestServer::new(HubServer::builder().module(calls).hub(Chat::default()).build()?);
    let ann = kit.connect_as::<Chat>("ann").await?;
    assert_eq!(ann.invoke("ECHO", ("x",)).await?.result::<String>(), "replaced");
    assert_eq!(noted.take(), [r#"chat.echo(text) by Some(User { id: "ann", name: "ann", roles: [] })"#]);
    assert_eq!(ann.invoke("join", ("g",)).await?.result::<String>(), "not called");
    assert!(kit.members::<Chat>("g").is_empty());
    let refused = ann.invoke("say", ("g", "x")).await.unwrap_err();
    assert_eq!((refused.text(), refused.is_for_client()), (Some("not today"), true));
    let replaced = ann.invoke("leave", ("",)).await.unwrap_err();
    assert_eq!(replaced.text(), Some("replaced error"), "the hub's own was that a name cannot be empty");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_module_that_panics_ends_that_call_alone() -> Tested {
    let log = LogText::start();
    let kit = TestServer::new(HubServer::builder().module(Calls::default()).hub(Chat::default()).build()?);
    let ann = kit.connect::<Chat>().await?;
    let error = ann.invoke("tellAll", ("x",)).await.unwrap_err();
    assert_eq!(error.text(), Some("There was an error invoking Hub method 'chat.tellAll'."));
    log.assert_one(&["ERROR a hub method, or code around it, panicked"]);
    ann.invoke("echo", ("x",)).await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn calls_that_find_no_method_reach_no_module() -> Tested {
    let calls = Calls::default();
    let noted = calls.0.clone();
    let kit = TestServer::new(HubServer::builder().module(calls).hub(Chat::default()).build()?);
    let ann = kit.connect::<Chat>().await?;
    ann.invoke("nosuch", ()).await.unwrap_err();
    ann.invoke("echo", ()).await.unwrap_err();
    ann.invoke("echo", (1,)).await.unwrap_err();
    assert!(noted.take().is_empty());
    Ok(())
}

/// Changes, drops and refuses client calls by their first argument.
struct Sends;

#[hub_module]
impl HubModule for Sends {
    fn outgoing(&self, call: OutgoingCall<'_>, next: OutgoingNext<'_>) -> Result<(), SendError> {
        match call.arguments {
            br#"["change"]"# => next.run(OutgoingCall { method: "shout", arguments: br#"["CHANGED"]"#, ..call }),
            br#"["drop"]"# => Ok(()),
            br#"["refuse"]"# => Err(SendError::refused(HubError::client("no such words"))),
            br#"["twice"]"# => next.run(call),
            _ => next.run(call),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn outgoing_may_change_drop_and_refuse() -> Tested {
    let log = LogText::start();
    let kit = TestServer::new(HubServer::builder().module(Sends).hub(Chat::default()).build()?);
    let ann = kit.connect::<Chat>().await?;
    ann.invoke("tellAll", ("change",)).await?;
    ann.expect_call("shout", ("CHANGED",)).await;
    ann.invoke("tellAll", ("drop",)).await?;
    let refused = kit.hubs().hub::<Chat>().clients().all().show("refuse").await.unwrap_err();
    assert!(matches!(&refused, SendError::Refused(text) if text == "no such words"), "{refused}");
    ann.invoke("tellAll", ("refuse",)).await.unwrap_err();
    ann.no_calls().await;
    drop(kit.hubs().hub::<Chat>().clients().all().show("refuse"));
    log.assert_one(&["ERROR a client call that nobody awaited was not sent", "no such words"]);
    ann.invoke("tellAll", ("plain",)).await?;
    ann.expect_call("show", ("plain",)).await;
    Ok(())
}

/// Keeps events from the hub, or makes them fail.
struct Events {
    noted: Noted,
    skips: bool,
    fails: &'static str,
}

impl Events {
    async fn around(&self, stage: &str, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        self.noted.note(format!("{stage} {} {:?}", event.hub, event.reason));
        if self.fails == stage {
            return Err(HubError::internal("a module"));
        }
        if self.skips { Ok(()) } else { next.run(event).await }
    }
}

#[hub_module]
impl HubModule for Events {
    async fn connect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        self.around("connect", event, next).await
    }

    async fn reconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        self.around("reconnect", event, next).await
    }

    async fn disconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        self.around("disconnect", event, next).await
    }
}

#[tokio::test(start_paused = true)]
async fn event_stages_run_for_hubs_that_have_no_such_event_and_may_keep_it_from_those_that_do() -> Tested {
    let (noted, hub_noted) = (Noted::default(), Noted::default());
    let module = Events { noted: noted.clone(), skips: true, fails: "" };
    let kit = TestServer::new(HubServer::builder().module(module).hub(Chat { noted: hub_noted.clone() }).build()?);
    let ann = kit.connect::<Chat>().await?;
    ann.drop_transport();
    ann.reconnect().await?;
    noted.until(2).await;
    ann.stop().await?;
    assert_eq!(noted.until(1).await, [format!("disconnect chat {:?}", Some(DisconnectReason::StopCalled))]);
    assert!(hub_noted.quiet().await.is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_module_that_fails_connected_refuses_start() -> Tested {
    let module = Events { noted: Noted::default(), skips: false, fails: "connect" };
    let kit = TestServer::new(HubServer::builder().module(module).hub(Chat::default()).build()?);
    assert_eq!(kit.connect::<Chat>().await.unwrap_err().status(), Some(500));
    Ok(())
}
