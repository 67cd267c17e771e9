//! Hubs from outside their methods: the same clients and groups, without a caller.

use hub_core::{HubServer, hub, testing::TestServer};

use crate::{
    Tested,
    hubs::{Chat, Second, chat_server},
    noted::Noted,
};

#[tokio::test(start_paused = true)]
async fn a_handle_sends_and_changes_groups_from_any_task_and_thread() -> Tested {
    let kit = TestServer::new(chat_server(&Noted::default()).build()?);
    let (ann, bob) = (kit.connect_as::<Chat>("ann").await?, kit.connect_as::<Chat>("bob").await?);
    let (hub, ids) = (kit.hubs().hub::<Chat>(), [ann.id(), bob.id()]);
    std::thread::spawn(move || {
        // No runtime here: sends and group changes need none.
        hub.clients().all().show("all");
        hub.groups().add(ids[0], "g");
        hub.clients().group("g").show("group");
        hub.clients().user("bob").show("user");
        hub.clients().client(ids[1]).show("client");
        hub.groups().remove(ids[0], "g");
        hub.clients().groups(["g"]).show("nobody");
    })
    .join()
    .map_err(|_| "the thread panicked")?;
    for text in ["all", "group"] {
        ann.expect_call("show", (text,)).await;
    }
    for text in ["all", "user", "client"] {
        bob.expect_call("show", (text,)).await;
    }
    ann.no_calls().await;
    bob.no_calls().await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn methods_can_be_called_by_name() -> Tested {
    let kit = TestServer::new(chat_server(&Noted::default()).build()?);
    let ann = kit.connect::<Chat>().await?;
    kit.hubs()
        .hub::<Chat>()
        .clients()
        .all()
        .call("Whatever-It-Is")
        .argument(&1)
        .argument("two")
        .argument(&[3])
        .send()
        .await?;
    let call = ann.expect_call("Whatever-It-Is", (1, "two", [3])).await;
    assert_eq!(call.hub, "chat");
    kit.hubs().hub::<Chat>().clients().all().call("bare").send();
    ann.expect_call("bare", ()).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_argument_that_cannot_be_serialised_is_an_error_and_nothing_is_sent() -> Tested {
    let kit = TestServer::new(chat_server(&Noted::default()).build()?);
    let ann = kit.connect::<Chat>().await?;
    let map: std::collections::HashMap<Vec<u8>, u8> = [(vec![1], 1)].into();
    let clients = kit.hubs().hub::<Chat>();
    let failed = clients.clients().all().call("show").argument(&"fine").argument(&map).argument(&"after").send().await;
    assert!(matches!(failed, Err(hub_core::SendError::Encode(_))), "{failed:?}");
    ann.no_calls().await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn two_mounts_of_one_server_hear_each_other_and_two_servers_do_not() -> Tested {
    let hubs = chat_server(&Noted::default()).build()?;
    let (first, second) = (TestServer::new(hubs.clone()), TestServer::new(hubs));
    let other = TestServer::new(chat_server(&Noted::default()).build()?);
    let (ann, bob, cid) =
        (first.connect::<Chat>().await?, second.connect::<Chat>().await?, other.connect::<Chat>().await?);
    ann.invoke("tellAll", ("x",)).await?;
    ann.expect_call("show", ("x",)).await;
    bob.expect_call("show", ("x",)).await;
    cid.no_calls().await;
    Ok(())
}

#[test]
fn a_hub_that_is_not_registered_is_none_or_a_panic() {
    #[hub]
    struct Stranger;
    #[hub]
    impl Stranger {
        #[hub_method]
        fn nothing(&self) {}
    }
    let hubs = HubServer::builder().hub(Chat::default()).hub(Second::default()).build().unwrap();
    assert!(hubs.try_hub::<Stranger>().is_none());
    assert!(hubs.try_hub::<Chat>().is_some());
    let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| hubs.hub::<Stranger>())).unwrap_err();
    assert!(asked.downcast_ref::<String>().is_some_and(|text| text.contains("no hub `stranger`")));
}

/// A task that awaits its sends and nothing else gives others their turn, also when nobody hears them.
#[test]
fn awaited_sends_leave_room_for_other_tasks() {
    let (told, done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let kit = TestServer::new(chat_server(&Noted::default()).build().expect("a server"));
            let hub = kit.hubs().hub::<Chat>();
            let gone = kit.connect::<Chat>().await.expect("a connection").id();
            let sends = tokio::spawn(async move {
                loop {
                    if hub.clients().client(gone).show("nobody").await.is_err() {
                        break;
                    }
                }
            });
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            sends.abort();
        });
        told.send(()).expect("somebody waits");
    });
    done.recv_timeout(std::time::Duration::from_secs(20)).expect("the other task got its turn");
}
