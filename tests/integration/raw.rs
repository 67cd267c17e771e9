//! Raw connections: texts in, values out, with the same transports, tokens, log and limits as hubs (section 1.12).

use hub_core::{
    DisconnectReason, GroupName, HubError, HubResult, HubServer, HubServerBuilder, Options,
    pipeline::Rejoining,
    raw::{PersistentConnection, RawContext},
    testing::{TestClient, TestServer, Transport},
};
use serde_json::{Value, json};

use crate::{
    Tested,
    hubs::{Chat, keys},
    log_text::LogText,
    noted::Noted,
};

const TRANSPORTS: [Transport; 3] = [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling];

/// What comes in is a command, or is broadcast.
#[derive(Default, Clone)]
struct Board {
    noted: Noted,
    rejoins: Option<&'static str>,
}

impl PersistentConnection for Board {
    fn name(&self) -> &str {
        "Board"
    }

    fn authorize(&self, request: &hub_core::Request) -> bool {
        assert!(request.query("panic").is_none(), "on purpose");
        request.query("deny").is_none()
    }

    async fn connected(&self, _: RawContext) -> HubResult {
        self.noted.note("connected");
        Ok(())
    }

    async fn received(&self, cx: RawContext, data: String) -> HubResult {
        match *data.splitn(3, ' ').collect::<Vec<_>>() {
            ["join", group] => cx.groups().add(cx.connection_id(), group).await?,
            ["leave", group] => cx.groups().remove(cx.connection_id(), group).await?,
            ["group", group, text] => cx.group(group).send(text)?,
            ["others", text] => cx.all().except([cx.connection_id()]).send(text)?,
            ["to", id, text] => cx.connection(id).send(text)?,
            ["json"] => cx.caller().send(&json!({ "any": [1, null] }))?,
            ["fail"] => return Err(HubError::internal("secret")),
            ["panic"] => panic!("on purpose"),
            ["items"] => {
                let before = cx.items().get::<u32>().map_or(0, |count| *count);
                cx.items().insert(before + 1);
                cx.caller().send(&before)?;
            }
            _ => cx.all().send(&data)?,
        }
        Ok(())
    }

    async fn reconnected(&self, _: RawContext) -> HubResult {
        self.noted.note("reconnected");
        Ok(())
    }

    async fn disconnected(&self, _: RawContext, reason: DisconnectReason) -> HubResult {
        self.noted.note(format!("disconnected {reason:?}"));
        Ok(())
    }

    fn rejoining_groups(&self, rejoining: Rejoining<'_>) -> Vec<GroupName> {
        self.noted.note(format!("rejoining {} {:?}", rejoining.hub, rejoining.groups));
        match self.rejoins {
            None => rejoining.groups,
            Some("panic") => panic!("on purpose"),
            Some(group) => vec![GroupName::new(group).unwrap()],
        }
    }
}

fn server() -> HubServerBuilder {
    HubServer::builder().signing_keys(keys())
}

fn kit(board: &Board) -> TestServer {
    TestServer::raw(server().build().unwrap(), board.clone(), Options::default()).unwrap()
}

async fn heard(client: &TestClient) -> Vec<Value> {
    client.all_values().await
}

#[tokio::test(start_paused = true)]
async fn what_comes_in_is_a_text_and_what_goes_out_is_any_value() -> Tested {
    for transport in TRANSPORTS {
        let kit = kit(&Board::default());
        let ann = kit.client().transport(transport).connect().await?;
        let bob = kit.client().transport(transport).connect().await?;
        let strange = r#"{"H":"chat","M":"echo","A":[],"I":0} é <>"#;
        drop(ann.send_text(strange));
        assert_eq!(heard(&bob).await, [json!(strange)], "{transport:?}: the text is not looked at");
        assert_eq!(heard(&ann).await, [json!(strange)], "{transport:?}");
        drop(ann.send_text("json"));
        assert_eq!(ann.next_value::<Value>().await, json!({ "any": [1, null] }));
        assert!(heard(&bob).await.is_empty());
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn over_http_a_send_is_answered_with_nothing() -> Tested {
    let kit = kit(&Board::default());
    let ann = kit.client().transport(Transport::ServerSentEvents).connect().await?;
    assert!(!ann.send_text("fail").await?.has_result(), "errors are for the log");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn its_selectors_reach_whom_they_name() -> Tested {
    let kit = kit(&Board::default());
    let (ann, bob) = (kit.client().connect().await?, kit.client().connect().await?);
    drop(ann.send_text("others hello"));
    assert_eq!((heard(&ann).await, heard(&bob).await), (vec![], vec![json!("hello")]));
    drop(ann.send_text(&format!("to {} direct", bob.id())));
    assert_eq!((heard(&ann).await, heard(&bob).await), (vec![], vec![json!("direct")]));
    drop(ann.send_text("join g"));
    ann.until_groups_tokens(1).await;
    drop(bob.send_text("group g members"));
    assert_eq!((heard(&ann).await, heard(&bob).await), (vec![json!("members")], vec![]));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn it_comes_back_with_its_groups_and_misses_nothing() -> Tested {
    for transport in TRANSPORTS {
        let board = Board::default();
        let kit = kit(&board);
        let ann = kit.client().transport(transport).connect().await?;
        let bob = kit.client().connect().await?;
        drop(ann.send_text("join g"));
        ann.until_groups_tokens(1).await;
        ann.drop_transport();
        drop(bob.send_text("group g missed"));
        board.noted.quiet().await;
        ann.reconnect().await?;
        assert_eq!(heard(&ann).await, [json!("missed")], "{transport:?}");
        assert_eq!(board.noted.take(), [r#"rejoining Board ["g"]"#, "reconnected"], "{transport:?}");
        kit.restart_raw(server().build()?, board.clone(), Options::default())?;
        ann.reconnect().await?;
        bob.reconnect().await?;
        drop(bob.send_text("group g after"));
        assert_eq!(heard(&ann).await, [json!("after")], "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn it_has_its_events_once() -> Tested {
    for transport in TRANSPORTS {
        let board = Board::default();
        let kit = kit(&board);
        let ann = kit.client().transport(transport).connect().await?;
        ann.stop().await?;
        kit.until_disconnected(ann.id()).await;
        assert_eq!(board.noted.quiet().await, ["connected", "disconnected StopCalled"], "{transport:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn its_rejoining_stage_has_the_last_word() -> Tested {
    let board = Board { rejoins: Some("other"), ..Board::default() };
    let kit = kit(&board);
    let (ann, bob) = (kit.client().connect().await?, kit.client().connect().await?);
    drop(ann.send_text("join g"));
    ann.until_groups_tokens(1).await;
    ann.drop_transport();
    ann.reconnect().await?;
    drop(bob.send_text("group g left"));
    drop(bob.send_text("group other joined"));
    assert_eq!(heard(&ann).await, [json!("joined")]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn errors_and_panics_end_that_message_alone() -> Tested {
    let log = LogText::start();
    let kit = kit(&Board::default());
    let ann = kit.client().connect().await?;
    drop(ann.send_text("fail"));
    drop(ann.send_text("panic"));
    drop(ann.send_text("hello"));
    assert_eq!(heard(&ann).await, [json!("hello")]);
    log.assert_one(&["ERROR a raw message could not be handled", "secret"]);
    log.assert_one(&["ERROR the handler of a raw message panicked"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_rejoining_stage_that_panics_gives_no_groups() -> Tested {
    let board = Board { rejoins: Some("panic"), ..Board::default() };
    let kit = kit(&board);
    let (ann, bob) = (kit.client().connect().await?, kit.client().connect().await?);
    drop(ann.send_text("join g"));
    ann.until_groups_tokens(1).await;
    ann.drop_transport();
    ann.reconnect().await?;
    drop(bob.send_text("group g x"));
    drop(bob.send_text("hello"));
    assert_eq!(heard(&ann).await, [json!("hello")]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn it_says_who_may_connect() -> Tested {
    let kit = kit(&Board::default());
    for (query, user, status) in [("deny", None, 401), ("deny", Some("ann"), 403), ("panic", None, 401)] {
        let client = kit.client().query(query, "1");
        let client = if let Some(user) = user { client.user(user) } else { client };
        assert_eq!(client.connect().await.unwrap_err().status(), Some(status), "{query} {user:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn items_are_kept_for_the_connection() -> Tested {
    let kit = kit(&Board::default());
    let ann = kit.client().connect().await?;
    drop(ann.send_text("items"));
    drop(ann.send_text("items"));
    assert_eq!(heard(&ann).await, [json!(0), json!(1)]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn hubs_and_raw_connections_of_one_server_do_not_hear_each_other() -> Tested {
    let hubs = server().hub(Chat::default()).build()?;
    let raw = TestServer::raw(hubs.clone(), Board::default(), Options::default())?;
    let kit = TestServer::new(hubs);
    let (ann, bob) = (kit.connect::<Chat>().await?, raw.client().connect().await?);
    ann.invoke("join", ("g",)).await?;
    drop(bob.send_text("join g"));
    bob.until_groups_tokens(1).await;
    ann.invoke("say", ("g", "hubs")).await?;
    ann.invoke("tellAll", ("all",)).await?;
    drop(bob.send_text("group g raw"));
    assert_eq!(heard(&bob).await, [json!("raw")]);
    let calls: Vec<String> = ann.all_calls().await.iter().map(|call| call.args::<(String,)>().0).collect();
    assert_eq!(calls, ["hubs", "all"]);
    Ok(())
}

#[test]
fn a_name_that_is_taken_or_empty_is_an_error() -> Tested {
    struct Named(&'static str);
    impl PersistentConnection for Named {
        fn name(&self) -> &str {
            self.0
        }
    }
    let hubs = server().hub(Chat::default()).build()?;
    hubs.classic_connection_mount(Named("a"), Options::default())?;
    for taken in ["a", "Chat", ""] {
        assert!(hubs.classic_connection_mount(Named(taken), Options::default()).is_err(), "{taken:?}");
    }
    Ok(())
}
