//! Groups of users: `add_user`, `remove_user`, the stage they pass, and the handle that modules are given.

use std::sync::Arc;

use hub_core::{
    GroupName, HubError, HubModule, HubResult, HubServer, Options, hub_module,
    pipeline::{ChangeMembershipNext, ConnectionEvent, ConnectionGroups, EventNext, MembershipChange},
    testing::TestServer,
};
use parking_lot::Mutex;

use crate::{Tested, hubs::Chat, hubs::Second, noted::Noted};

/// Notes changes, and keeps the handles of connections. Refuses the group `refused`, waits for the group `waits`, panics on `panics`.
#[derive(Clone, Default)]
struct Notes {
    noted: Noted,
    handles: Arc<Mutex<Vec<ConnectionGroups>>>,
}

#[hub_module]
impl HubModule for Notes {
    async fn connect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        self.handles.lock().push(event.groups().clone());
        next.run(event).await
    }

    async fn change_membership(&self, change: MembershipChange<'_>, next: ChangeMembershipNext<'_>) -> HubResult {
        let verb = if change.adds { "adds" } else { "removes" };
        self.noted.note(format!("{} {verb} {} {}", change.hub, change.user, change.group));
        match change.group.as_str() {
            "refused" => return Err(HubError::client("no")),
            "waits" => tokio::time::sleep(std::time::Duration::from_secs(1)).await,
            "panics" => panic!("on purpose"),
            _ => {}
        }
        next.run(change).await
    }
}

fn server(notes: &Notes) -> HubServer {
    HubServer::builder().module(notes.clone()).hub(Chat::default()).hub(Second::default()).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn every_connection_of_the_user_that_listens_here_is_added_and_removed() -> Tested {
    let kit = TestServer::new(HubServer::builder().hub(Chat::default()).hub(Second::default()).build()?);
    let (here, there) = (kit.connect_as::<Chat>("ann").await?, kit.connect_as::<Chat>("ann").await?);
    let elsewhere = kit.connect_as::<Second>("ann").await?;
    let (other, nobody) = (kit.connect_as::<Chat>("Ann").await?, kit.connect::<Chat>().await?);
    let groups = kit.hubs().hub::<Chat>().groups().clone();
    groups.add_user("ann", "tea").await.map_err(|error| error.to_string())?;
    let mut members = kit.members::<Chat>("tea");
    members.sort_unstable();
    let mut expected = vec![here.id(), there.id()];
    expected.sort_unstable();
    assert_eq!(members, expected);
    assert!(kit.members::<Second>("tea").is_empty());
    groups.add_user("ann", "tea").await.map_err(|error| error.to_string())?;
    groups.remove_user("ann", "tea").await.map_err(|error| error.to_string())?;
    groups.remove_user("nobody knows", "tea").await.map_err(|error| error.to_string())?;
    assert!(kit.members::<Chat>("tea").is_empty());
    drop((elsewhere, other, nobody));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_change_passes_the_modules_before_it_takes_effect() -> Tested {
    let notes = Notes::default();
    let kit = TestServer::new(server(&notes));
    let _ann = kit.connect_as::<Chat>("ann").await?;
    let groups = kit.hubs().hub::<Chat>().groups().clone();
    groups.add_user("ann", "tea").await.map_err(|error| error.to_string())?;
    groups.remove_user("ann", "tea").await.map_err(|error| error.to_string())?;
    assert_eq!(notes.noted.take(), ["chat adds ann tea", "chat removes ann tea"]);
    let refused = groups.add_user("ann", "refused").await.unwrap_err();
    assert_eq!(refused.for_client().map(|(text, _)| text), Some("no"), "what the module fails with");
    groups.add_user("ann", "panics").await.unwrap_err();
    assert!(kit.members::<Chat>("refused").is_empty() && kit.members::<Chat>("panics").is_empty());
    let waits = groups.add_user("ann", "waits");
    assert!(kit.members::<Chat>("waits").is_empty(), "not before the module says so");
    waits.await.map_err(|error| error.to_string())?;
    assert_eq!(kit.members::<Chat>("waits").len(), 1);
    drop(groups.remove_user("ann", "waits"));
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert!(kit.members::<Chat>("waits").is_empty(), "also when nobody waits for it");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn connection_by_connection_of_other_groups_no_module_is_asked() -> Tested {
    let notes = Notes::default();
    let kit = TestServer::new(server(&notes));
    let ann = kit.connect_as::<Chat>("ann").await?;
    ann.invoke("join", ("refused",)).await?;
    assert_eq!(kit.members::<Chat>("refused"), [ann.id()]);
    assert!(notes.noted.take().is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn one_connection_that_is_full_does_not_keep_the_others_out() -> Tested {
    let hubs = HubServer::builder().hub(Chat::default()).options(Options::default().max_groups(1)).build()?;
    let kit = TestServer::new(hubs);
    let (full, free) = (kit.connect_as::<Chat>("ann").await?, kit.connect_as::<Chat>("ann").await?);
    full.invoke("join", ("other",)).await?;
    kit.hubs().hub::<Chat>().groups().add_user("ann", "tea").await.unwrap_err();
    assert_eq!(kit.members::<Chat>("tea"), [free.id()]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_module_joins_and_leaves_with_the_handle_of_a_connection_until_it_ends() -> Tested {
    let notes = Notes::default();
    let kit = TestServer::new(server(&notes));
    let ann = kit.connect_as::<Chat>("ann").await?;
    let handle = notes.handles.lock().pop().expect("the connect stage was asked");
    assert_eq!((handle.connection(), handle.hub(), handle.is_gone()), (ann.id(), "chat", false));
    let tea = GroupName::new("tea")?;
    handle.join(&tea)?;
    assert_eq!((handle.list(), kit.members::<Chat>("tea")), (vec![tea.clone()], vec![ann.id()]));
    kit.hubs().hub::<Chat>().clients().group("tea").show("hello");
    ann.expect_call("show", ("hello",)).await;
    handle.leave(&tea)?;
    assert!(handle.list().is_empty() && kit.members::<Chat>("tea").is_empty());
    ann.stop().await?;
    kit.until_disconnected(ann.id()).await;
    assert!(handle.is_gone() && handle.list().is_empty());
    handle.join(&tea).unwrap_err();
    assert!(kit.members::<Chat>("tea").is_empty(), "a late join leaves no member behind");
    Ok(())
}

#[test]
fn without_a_runtime_a_change_is_an_error_and_not_a_panic() {
    let hubs = HubServer::builder().hub(Chat::default()).build().unwrap();
    let change = hubs.hub::<Chat>().groups().add_user("ann", "tea");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { change.await.unwrap_err() });
}
