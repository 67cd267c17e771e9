//! Membership: when it holds, for whom, and what is an error (sections 4.2, 13.1, 13.6; P4, P6).

use hub_core::{
    ConnectionId, GroupError, HubServer, NameError, Options,
    testing::{TestClient, TestServer, Transport},
};

use crate::{
    Tested,
    hubs::{Chat, Second, chat_server},
    log_text::LogText,
    noted::Noted,
};

fn kit() -> TestServer {
    TestServer::new(chat_server(&Noted::default()).build().unwrap())
}

fn say(kit: &TestServer, group: &str, text: &str) {
    kit.hubs().hub::<Chat>().clients().group(group).show(text);
}

/// What a client has been shown since it was last asked.
async fn shown(client: &TestClient) -> Vec<String> {
    client.all_calls().await.iter().map(|call| call.args::<(String,)>().0).collect()
}

#[tokio::test(start_paused = true)]
async fn a_join_that_was_awaited_is_a_fence() -> Tested {
    let kit = kit();
    let ann = kit.connect::<Chat>().await?;
    let groups = kit.hubs().hub::<Chat>().groups().clone();
    say(&kit, "g", "before");
    groups.add(ann.id(), "g").await?;
    say(&kit, "g", "between");
    groups.remove(ann.id(), "g").await?;
    say(&kit, "g", "after");
    assert_eq!(shown(&ann).await, ["between"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_join_begins_at_once_and_dropping_its_handle_undoes_nothing() -> Tested {
    let kit = kit();
    let ann = kit.connect::<Chat>().await?;
    drop(kit.hubs().hub::<Chat>().groups().add(ann.id(), "g"));
    assert_eq!(kit.members::<Chat>("g"), [ann.id()]);
    say(&kit, "g", "x");
    ann.expect_call("show", ("x",)).await;
    drop(kit.hubs().hub::<Chat>().groups().remove(ann.id(), "g"));
    assert!(kit.members::<Chat>("g").is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_join_in_the_connected_event_holds_before_start_is_answered() -> Tested {
    use hub_core::{HubContext, hub};
    #[hub(client = crate::hubs::Screen)]
    struct Greeting;
    #[hub]
    impl Greeting {
        #[hub_method(connected)]
        fn seat(&self, cx: &HubContext<Self>) {
            cx.groups().add(cx.connection_id(), "greeted");
        }
    }
    let kit = TestServer::new(HubServer::builder().hub(Greeting).build()?);
    for transport in [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling] {
        let ann = kit.client().hub::<Greeting>().transport(transport).connect().await?;
        assert!(kit.members::<Greeting>("greeted").contains(&ann.id()));
        kit.hubs().hub::<Greeting>().clients().group("greeted").show("hello");
        ann.expect_call("show", ("hello",)).await;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn adding_a_member_and_removing_a_stranger_change_nothing() -> Tested {
    let kit = kit();
    let ann = kit.connect::<Chat>().await?;
    ann.invoke("join", ("g",)).await?;
    ann.until_groups_tokens(1).await;
    ann.invoke("join", ("g",)).await?;
    ann.invoke("leave", ("other",)).await?;
    say(&kit, "g", "x");
    assert_eq!(shown(&ann).await, ["x"]);
    assert_eq!(ann.groups_tokens_received(), 1, "no change, no token");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn every_change_of_membership_gives_a_groups_token() -> Tested {
    for transport in [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling] {
        let kit = kit();
        let ann = kit.client().hub::<Chat>().transport(transport).connect().await?;
        assert_eq!(ann.groups_token(), None);
        ann.invoke("join", ("g",)).await?;
        let joined = ann.until_groups_tokens(1).await;
        ann.invoke("leave", ("g",)).await?;
        let left = ann.until_groups_tokens(2).await;
        assert_ne!(joined, left, "leaving the last group gives a token as well");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn any_connection_can_be_added_by_its_id() -> Tested {
    let kit = kit();
    let ann = kit.connect::<Chat>().await?;
    let bob = kit.connect::<Chat>().await?;
    ann.invoke("add", (bob.id(), "g")).await?;
    say(&kit, "g", "x");
    assert_eq!(shown(&bob).await, ["x"]);
    assert!(shown(&ann).await.is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_there_is_an_error_at_once() -> Tested {
    let kit = kit();
    let groups = kit.hubs().hub::<Chat>().groups().clone();
    for id in ["6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "no id at all", ""] {
        assert_eq!(groups.add(id, "g").await, Err(GroupError::ConnectionGone), "{id}");
        assert_eq!(groups.remove(id, "g").await, Err(GroupError::ConnectionGone), "{id}");
    }
    let ann = kit.connect::<Chat>().await?;
    ann.invoke("join", ("g",)).await?;
    ann.stop().await?;
    assert_eq!(groups.add(ann.id(), "g").await, Err(GroupError::ConnectionGone), "a late join leaves no member behind");
    assert!(kit.members::<Chat>("g").is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_connection_whose_client_is_away_can_still_be_added() -> Tested {
    let kit = kit();
    let ann = kit.connect::<Chat>().await?;
    ann.drop_transport();
    kit.hubs().hub::<Chat>().groups().add(ann.id(), "g").await?;
    say(&kit, "g", "while away");
    ann.reconnect().await?;
    ann.expect_call("show", ("while away",)).await;
    ann.until_groups_tokens(1).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_failed_change_that_nobody_awaited_is_in_the_log() -> Tested {
    let log = LogText::start();
    let kit = kit();
    drop(kit.hubs().hub::<Chat>().groups().add("nobody", "g"));
    log.assert_one(&["WARN a group change that nobody awaited failed", "the connection is gone"]);
    kit.hubs().hub::<Chat>().groups().add("nobody", "g").await.unwrap_err();
    assert_eq!(log.lines_with(&["nobody awaited"]).len(), 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn names_are_1_to_256_bytes_of_any_text() -> Tested {
    let kit = kit();
    let ann = kit.connect::<Chat>().await?;
    let groups = kit.hubs().hub::<Chat>().groups().clone();
    assert_eq!(groups.add(ann.id(), "").await, Err(GroupError::Name(NameError::Empty)));
    assert_eq!(groups.add(ann.id(), "é".repeat(129)).await, Err(GroupError::Name(NameError::TooLong { bytes: 258 })));
    let kinds = ["a b", "a.b", "a|b", "a:b", "a,b", "'\"", "*", ">", "A", "a", "\u{0}", "😀", "__proto__", "Chat.a"];
    for name in kinds.iter().map(|name| (*name).to_owned()).chain(["x".repeat(256)]) {
        groups.add(ann.id(), &name).await?;
        say(&kit, &name, "x");
        ann.expect_call("show", ("x",)).await;
        groups.remove(ann.id(), &name).await?;
        say(&kit, &name, "x");
        ann.no_calls().await;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn names_of_all_kinds_come_back_from_a_token() -> Tested {
    let kit = kit();
    let ann = kit.connect::<Chat>().await?;
    let names = ["a b", "a.b", "a|b", "a:b", "a,b", "'\"", "*", "\u{0}", "😀", "second.x", "chat.y"];
    for name in names {
        ann.invoke("join", (name,)).await?;
    }
    ann.until_groups_tokens(names.len()).await;
    kit.restart(chat_server(&Noted::default()).build()?);
    ann.reconnect().await?;
    for name in names {
        assert_eq!(kit.members::<Chat>(name), [ann.id()], "{name:?}");
        assert!(kit.members::<Second>(name).is_empty(), "{name:?}");
    }
    assert!(kit.members::<Second>("x").is_empty(), "no group of one hub is a group of another");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn groups_belong_to_their_hub() -> Tested {
    let kit = kit();
    let ann = kit.client().hub::<Chat>().hub::<Second>().connect().await?;
    ann.invoke("join", ("g",)).await?;
    kit.hubs().hub::<Second>().clients().group("g").show("second");
    say(&kit, "g", "chat");
    assert_eq!(shown(&ann).await, ["chat"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_group_ends_with_its_last_member() -> Tested {
    let kit = kit();
    let (ann, bob) = (kit.connect::<Chat>().await?, kit.connect::<Chat>().await?);
    ann.invoke("join", ("g",)).await?;
    bob.invoke("join", ("g",)).await?;
    assert_eq!(kit.hubs().stats().groups, 1);
    ann.invoke("leave", ("g",)).await?;
    assert_eq!(kit.members::<Chat>("g"), [bob.id()]);
    bob.stop().await?;
    kit.until_disconnected(bob.id()).await;
    assert_eq!(kit.hubs().stats().groups, 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_member_that_disconnects_leaves_its_groups() -> Tested {
    let kit = kit();
    let ann = kit.connect::<Chat>().await?;
    ann.invoke("join", ("lobby",)).await?;
    ann.drop_transport();
    assert_eq!(kit.members::<Chat>("lobby"), [ann.id()], "it may come back");
    kit.until_disconnected(ann.id()).await;
    assert!(kit.members::<Chat>("lobby").is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_connection_can_be_in_so_many_groups_and_no_more() -> Tested {
    let hubs = chat_server(&Noted::default()).options(Options::default().max_groups(3)).build()?;
    let kit = TestServer::new(hubs);
    let ann = kit.client().hub::<Chat>().hub::<Second>().connect().await?;
    let groups = kit.hubs().hub::<Chat>().groups().clone();
    groups.add(ann.id(), "1").await?;
    groups.add(ann.id(), "2").await?;
    kit.hubs().hub::<Second>().groups().add(ann.id(), "1").await?;
    assert_eq!(groups.add(ann.id(), "3").await, Err(GroupError::TooMany { limit: 3 }), "hubs together");
    groups.add(ann.id(), "2").await?;
    groups.remove(ann.id(), "2").await?;
    groups.add(ann.id(), "3").await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn joins_and_sends_from_many_tasks_keep_the_fence() -> Tested {
    let kit = kit();
    let ann = kit.connect::<Chat>().await?;
    let ids: Vec<ConnectionId> = vec![ann.id()];
    let mut tasks = Vec::new();
    for task in 0..20 {
        let (hub, ids) = (kit.hubs().hub::<Chat>(), ids.clone());
        tasks.push(tokio::spawn(async move {
            let group = format!("g{task}");
            for round in 0..20 {
                hub.clients().group(&group).show("never");
                tokio::task::yield_now().await;
                hub.groups().add(ids[0], &group).await.unwrap();
                hub.clients().group(&group).show(&format!("{task}:{round}"));
                tokio::task::yield_now().await;
                hub.groups().remove(ids[0], &group).await.unwrap();
                hub.clients().group(&group).show("never");
            }
        }));
    }
    for task in tasks {
        task.await?;
    }
    let shown = shown(&ann).await;
    assert_eq!(shown.len(), 400);
    for task in 0..20 {
        let own: Vec<_> = shown.iter().filter(|text| text.starts_with(&format!("{task}:"))).collect();
        let expected: Vec<String> = (0..20).map(|round| format!("{task}:{round}")).collect();
        assert_eq!(own, expected.iter().collect::<Vec<_>>(), "in order, each once");
    }
    Ok(())
}
