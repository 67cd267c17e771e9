//! Requests that are refused, and with what (sections 1.4, 1.9, 1.10, 13.1, 13.3).

use hub_core::{
    User,
    rejoin::SigningKeys,
    testing::{Closing, InvokeError, TestServer, Transport},
};

use crate::{
    Tested,
    hubs::{Chat, chat_server, key},
    noted::Noted,
};

fn kit() -> TestServer {
    TestServer::new(chat_server(&Noted::default()).build().unwrap())
}

#[tokio::test(start_paused = true)]
async fn negotiate_gives_another_id_and_token_each_time() -> Tested {
    let kit = kit();
    let (one, two) = (kit.request("negotiate").send().await.json(), kit.request("negotiate").send().await.json());
    for field in ["ConnectionId", "ConnectionToken"] {
        assert!(one[field].is_string());
        assert_ne!(one[field], two[field]);
    }
    assert_eq!(one["Url"], "/signalr");
    assert!(!one["ConnectionToken"].to_string().contains(one["ConnectionId"].as_str().unwrap_or_default()));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn actions_are_found_below_any_path_in_any_case() -> Tested {
    let kit = kit();
    for path in ["negotiate", "/NEGOTIATE", "js/negotiate", "anything/else/Negotiate"] {
        assert_eq!(kit.request(path).send().await.status, 200, "{path}");
    }
    assert_eq!(kit.request("ping").send().await.text, r#"{ "Response": "pong" }"#);
    for path in ["negotiate/", "", "nosuch"] {
        let refused = kit.request(path).send().await;
        assert_eq!((refused.status, &*refused.text), (400, "Protocol error: Unknown transport."), "{path}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn foreign_transports_and_jsonp_are_refused_with_a_clear_error() -> Tested {
    let kit = kit();
    let frame = kit.request("connect").query("transport", "foreverFrame").send().await;
    assert_eq!((frame.status, &*frame.text), (400, "Protocol error: The foreverFrame transport is not offered."));
    for path in ["negotiate", "ping", "connect", "send"] {
        assert_eq!(kit.request(path).query("callback", "f").send().await.status, 403, "{path}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_clients_own_faults_are_400_with_a_line_of_text() -> Tested {
    let kit = kit();
    let data = |text: &str| kit.request("negotiate").query("connectionData", text);
    for (text, told) in [
        (r#"[{"name":"nosuch"}]"#, "A hub of connectionData could not be resolved."),
        (r#"[{"name":"chat"},{"name":"CHAT"}]"#, "Duplicate Hub names found."),
        ("nonsense", "connectionData is not a list of hubs."),
        (r#"[{}]"#, "connectionData is not a list of hubs."),
    ] {
        let refused = data(text).send().await;
        assert_eq!((refused.status, &*refused.text), (400, told), "{text}");
    }
    for text in ["", "[]", "null"] {
        assert_eq!(data(text).send().await.status, 200, "{text}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_connection_token_is_checked_on_every_request() -> Tested {
    let kit = kit();
    let ann = kit.connect_as::<Chat>("ann").await?;
    let good = ann.connection_token();
    let foreign = TestServer::new(chat_server(&Noted::default()).signing_keys(SigningKeys::new([key(9)])?).build()?);
    let foreign = foreign.connect_as::<Chat>("ann").await?.connection_token();
    ann.invoke("join", ("g",)).await?;
    let groups_token = ann.until_groups_tokens(1).await;
    let changed = format!("{}x", &good[..good.len() - 1]);
    for path in ["connect", "reconnect", "poll", "start", "send", "abort"] {
        let request = |token: &str| {
            let request = kit.request(path).query("transport", "longPolling").form("data", "{}");
            request.user(User::new("ann").unwrap()).query("connectionToken", token)
        };
        let missing = request("").send().await;
        assert_eq!((missing.status, &*missing.text), (400, "Protocol error: Missing connection token."), "{path}");
        for bad in ["garbage", &foreign, &groups_token, &changed, &format!("{good}="), &format!(" {good}")] {
            let refused = request(bad).send().await;
            assert_eq!(
                (refused.status, &*refused.text),
                (400, "The ConnectionId is in the incorrect format."),
                "{path}"
            );
        }
    }
    assert!(ann.is_connected());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_user_cannot_change_and_names_are_compared_byte_for_byte() -> Tested {
    let kit = kit();
    let ann = kit.connect_as::<Chat>("ann").await?;
    ann.drop_transport();
    for other in [None, Some("bob"), Some("Ann"), Some("ann ")] {
        ann.set_user(other.map(User::new).transpose()?);
        let refused = ann.reconnect().await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "reconnect was refused with 403: Unrecognized user identity.  The user identity cannot change during an active SignalR \
             connection.",
            "{other:?}"
        );
        assert_eq!(ann.start().await.unwrap_err().status, 403);
        assert_eq!(ann.stop().await.unwrap_err().status, 403);
    }
    ann.set_user(Some(User::new("ann")?.with_role("another role")));
    ann.reconnect().await?;
    let nobody = kit.connect::<Chat>().await?;
    nobody.set_user(Some(User::new("ann")?));
    assert_eq!(nobody.reconnect().await.unwrap_err().status(), Some(403), "signing in is a change too");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_connection_token_outlives_a_restart() -> Tested {
    let kit = kit();
    let ann = kit.client().hub::<Chat>().user("ann").negotiate().await?;
    kit.restart(chat_server(&Noted::default()).build()?);
    ann.connect_again().await?;
    ann.start().await?;
    assert_eq!(ann.invoke("echo", ("x",)).await?.result::<String>(), "x");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_web_socket_that_is_no_upgrade_is_refused() -> Tested {
    let kit = kit();
    let token = kit.request("negotiate").send().await.json()["ConnectionToken"].as_str().unwrap_or_default().to_owned();
    for path in ["connect", "reconnect", "send", "poll"] {
        let refused = kit.request(path).query("transport", "webSockets").query("connectionToken", &token).send().await;
        assert_eq!((refused.status, &*refused.text), (400, "Not a valid web socket request."), "{path}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn abort_between_two_polls_ends_the_connection_at_once() -> Tested {
    let noted = Noted::default();
    let kit = TestServer::new(chat_server(&noted).build()?);
    let ann = kit.client().hub::<Chat>().user("ann").transport(Transport::LongPolling).connect().await?;
    ann.drop_transport();
    noted.quiet().await;
    ann.stop().await?;
    assert!(!kit.knows(ann.id()));
    assert_eq!(noted.until(1).await, ["chat: disconnected ann StopCalled"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn sending_after_the_end_is_404_and_starting_too() -> Tested {
    for transport in [Transport::ServerSentEvents, Transport::LongPolling] {
        let kit = kit();
        let ann = kit.client().hub::<Chat>().transport(transport).connect().await?;
        ann.stop().await?;
        kit.until_disconnected(ann.id()).await;
        match ann.invoke("echo", ("x",)).await.unwrap_err() {
            InvokeError::Refused(refused) => assert_eq!(refused.status, 404),
            other => panic!("{other}"),
        }
        assert_eq!(ann.start().await.unwrap_err().status, 404);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn sending_needs_no_live_stream_while_the_connection_is_known() -> Tested {
    let kit = kit();
    let ann = kit.client().hub::<Chat>().transport(Transport::ServerSentEvents).connect().await?;
    ann.drop_transport();
    assert_eq!(ann.invoke("echo", ("x",)).await?.result::<String>(), "x");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_send_without_data_is_refused() -> Tested {
    let kit = kit();
    let token = kit.request("negotiate").send().await.json()["ConnectionToken"].as_str().unwrap_or_default().to_owned();
    let refused =
        kit.request("send").query("transport", "serverSentEvents").query("connectionToken", &token).send().await;
    assert_eq!((refused.status, &*refused.text), (400, "There is no data to send."));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_idle_poll_ends_with_its_place_and_raises_nothing() -> Tested {
    let kit = kit();
    let ann = kit.client().hub::<Chat>().transport(Transport::LongPolling).connect().await?;
    let before = ann.cursor();
    kit.connect::<Chat>().await?.invoke("say", ("somewhere", "else")).await?;
    kit.hubs().hub::<Chat>().clients().all_except([ann.id()]).show("to the others").await?;
    tokio::time::sleep(std::time::Duration::from_secs(100)).await;
    assert_eq!(ann.cursor(), before, "what it may not see does not end it");
    tokio::time::sleep(std::time::Duration::from_secs(11)).await;
    assert_ne!(ann.cursor(), before, "it moves on with the log, so that nothing old is looked through again");
    assert!(ann.is_connected());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_newer_stream_ends_the_older_one_in_order() -> Tested {
    let kit = kit();
    let token = kit.request("negotiate").send().await.json()["ConnectionToken"].as_str().unwrap_or_default().to_owned();
    let connect = || {
        kit.request("connect")
            .query("transport", "serverSentEvents")
            .query("connectionToken", &token)
            .query("clientProtocol", "2.1")
            .send()
    };
    let older = connect().await.stream.ok_or("no stream")?;
    let newer = connect().await.stream.ok_or("no stream")?;
    assert_eq!(older.ended().await, Closing::Normal);
    drop(older);
    assert_eq!(kit.hubs().stats().connections, 1);
    drop(newer);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_last_word_of_a_replaced_poll_does_not_run_ahead_of_the_newer_one() -> Tested {
    let kit = kit();
    let ann = kit.client().hub::<Chat>().transport(Transport::LongPolling).open().await?;
    ann.drop_transport();
    let poll = || {
        kit.request("poll")
            .query("transport", "longPolling")
            .query("connectionToken", &ann.connection_token())
            .query("connectionData", r#"[{"name":"chat"}]"#)
            .query("messageId", &ann.cursor().unwrap_or_default())
            .send()
    };
    let mut older = poll().await.stream.ok_or("no stream")?;
    let mut newer = poll().await.stream.ok_or("no stream")?;
    kit.hubs().hub::<Chat>().clients().all().show("once");
    let answer = newer.response().await.ok_or("no answer")?;
    assert!(String::from_utf8_lossy(&answer).contains("once"));
    // Should the newer answer be lost and this one arrive, its place must not lie behind the message.
    let last_word = older.response().await.ok_or("no answer")?;
    let last_word: serde_json::Value = serde_json::from_slice(&last_word)?;
    ann.set_cursor(last_word["C"].as_str().map(str::to_owned));
    drop((older, newer));
    ann.reconnect().await?;
    ann.expect_call("show", ("once",)).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_request_at_hand_is_the_one_that_carries_the_call() -> Tested {
    use hub_core::{HubContext, HubServer, hub};
    #[hub]
    struct Asking;
    #[hub]
    impl Asking {
        #[hub_method]
        fn path_and_room(&self, cx: &HubContext<Self>, header: String) -> (String, Option<String>, Option<String>) {
            let request = cx.request();
            let room = request.query("ROOM").map(|room| room.into_owned());
            (request.path().to_owned(), room, request.header(&header).map(str::to_owned))
        }
    }
    let kit = TestServer::new(HubServer::builder().hub(Asking).build()?);
    for (transport, path) in [
        (Transport::WebSockets, "/signalr/connect"),
        (Transport::ServerSentEvents, "/signalr/send"),
        (Transport::LongPolling, "/signalr/send"),
    ] {
        let client = kit.client().hub::<Asking>().transport(transport).query("room", "a b").header("X-Who", "ann");
        let ann = client.connect().await?;
        let told: (String, String, String) = ann.invoke("pathAndRoom", ("x-who",)).await?.result();
        assert_eq!(told, (path.to_owned(), "a b".to_owned(), "ann".to_owned()), "{transport:?}");
    }
    Ok(())
}
