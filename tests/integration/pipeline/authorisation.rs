//! Who may connect and who may call: `authorize` on hubs and methods, and modules (sections 3.1, 6.4, 7.3).

use hub_core::{
    HubModule, HubServer, User, hub, hub_module,
    pipeline::{
        Authorization, AuthorizeConnectNext, AuthorizeMethodNext, IncomingCall, IncomingNext, RequireAuthentication,
    },
    testing::{TestClient, TestServer},
};

use crate::{
    Tested,
    hubs::{Chat, Second},
    noted::Noted,
};

#[hub(authorize)]
struct Members;

#[hub]
impl Members {
    #[hub_method]
    fn hello(&self) -> &'static str {
        "hello"
    }

    #[hub_method(authorize(roles("admin", "owner")))]
    fn rule(&self) -> &'static str {
        "ruled"
    }

    #[hub_method(authorize(users("ann"), roles("admin")))]
    fn both(&self) -> &'static str {
        "both"
    }

    #[hub_method(authorize(policy = even_rooms))]
    fn policy(&self) -> &'static str {
        "agreed"
    }
}

fn even_rooms(authorization: &Authorization<'_>) -> bool {
    authorization.hub == "members"
        && authorization.method == Some("policy")
        && authorization.request.query("room").is_some_and(|room| room == "2")
}

#[hub(authorize(roles("admin")))]
struct Admins;

#[hub]
impl Admins {
    #[hub_method]
    fn hello(&self) -> &'static str {
        "hello"
    }
}

/// Anyone may listen; calls need a user.
#[hub(client = crate::hubs::Screen, authorize(calls_only))]
struct Board;

#[hub]
impl Board {
    #[hub_method]
    fn post(&self) {}
}

fn kit() -> TestServer {
    let hubs = HubServer::builder().hub(Members).hub(Admins).hub(Board).hub(Chat::default()).build().unwrap();
    TestServer::new(hubs)
}

fn admin(name: &str) -> User {
    User::new(name).unwrap().with_role("admin")
}

async fn is_refused(client: &TestClient, method: &str) -> bool {
    match client.invoke(method, ()).await {
        Ok(_) => false,
        Err(error) => {
            let generic = error.text().is_some_and(|text| text.starts_with("There was an error invoking Hub method"));
            assert!(generic && !error.is_for_client(), "{error}");
            true
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_hub_for_users_refuses_strangers_with_401_and_wrong_users_with_403() -> Tested {
    let kit = kit();
    assert_eq!(kit.connect::<Members>().await.unwrap_err().status(), Some(401));
    assert_eq!(kit.connect_as::<Admins>("bob").await.unwrap_err().status(), Some(403));
    kit.connect_as::<Members>("bob").await?;
    kit.client().hub::<Admins>().signed_in(admin("ann")).connect().await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn every_request_is_checked_not_only_negotiate() -> Tested {
    let kit = kit();
    let ann = kit.client().hub::<Admins>().signed_in(admin("ann")).open().await?;
    ann.set_user(Some(User::new("ann")?));
    assert_eq!(ann.start().await.unwrap_err().status, 403);
    ann.drop_transport();
    assert_eq!(ann.reconnect().await.unwrap_err().status(), Some(403));
    assert_eq!(ann.connect_again().await.unwrap_err().status(), Some(403));
    ann.set_user(Some(admin("ann")));
    ann.reconnect().await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn of_several_hubs_the_refused_are_left_out_and_the_rest_connects() -> Tested {
    let kit = kit();
    let bob = kit.client().hub::<Chat>().hub::<Admins>().user("bob").connect().await?;
    assert_eq!(bob.invoke("echo", ("x",)).await?.result::<String>(), "x");
    assert!(bob.on::<Admins>().invoke("hello", ()).await.is_err());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_method_asks_for_roles_users_and_policies_beside_its_hub() -> Tested {
    let kit = kit();
    let bob = kit.connect_as::<Members>("bob").await?;
    assert_eq!(bob.invoke("hello", ()).await?.result::<String>(), "hello");
    assert!(is_refused(&bob, "rule").await && is_refused(&bob, "both").await && is_refused(&bob, "policy").await);
    let owner = kit.client().hub::<Members>().signed_in(User::new("cid")?.with_role("owner")).connect().await?;
    assert!(!is_refused(&owner, "rule").await && is_refused(&owner, "both").await);
    let ann = kit.client().hub::<Members>().signed_in(admin("ann")).query("room", "2").connect().await?;
    assert!(!is_refused(&ann, "both").await && !is_refused(&ann, "policy").await);
    let other_case = kit.client().hub::<Members>().signed_in(admin("Ann")).connect().await?;
    assert!(is_refused(&other_case, "both").await, "names are compared byte for byte");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_hub_of_calls_only_lets_anyone_listen() -> Tested {
    let kit = kit();
    let stranger = kit.connect::<Board>().await?;
    kit.hubs().hub::<Board>().clients().all().show("news");
    stranger.expect_call("show", ("news",)).await;
    assert!(is_refused(&stranger, "post").await);
    assert!(!is_refused(&kit.connect_as::<Board>("ann").await?, "post").await);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_stranger_cannot_find_out_which_methods_there_are() -> Tested {
    let kit = kit();
    let stranger = kit.connect::<Chat>().await?;
    let there = stranger.on::<Admins>().invoke("hello", ()).await.unwrap_err();
    let not_there = stranger.on::<Admins>().invoke("nosuch", ()).await.unwrap_err();
    let (there, not_there) = (there.text().unwrap_or_default(), not_there.text().unwrap_or_default());
    assert_eq!(there.replace("hello", "*"), not_there.replace("nosuch", "*"));
    Ok(())
}

/// Notes what passes it.
struct Watch(Noted);

#[hub_module]
impl HubModule for Watch {
    async fn incoming(&self, call: IncomingCall<'_>, next: IncomingNext<'_>) -> hub_core::Completion {
        self.0.note(format!("incoming {}", call.method));
        next.run(call).await
    }

    async fn authorize_method(&self, authorization: Authorization<'_>, next: AuthorizeMethodNext<'_>) -> bool {
        self.0.note(format!("authorize {:?}", authorization.method));
        next.run(authorization).await
    }

    async fn authorize_connect(&self, authorization: Authorization<'_>, next: AuthorizeConnectNext<'_>) -> bool {
        self.0.note("connect");
        next.run(authorization).await
    }
}

#[tokio::test(start_paused = true)]
async fn authorisation_is_outermost_so_that_no_module_sees_what_is_refused() -> Tested {
    let noted = Noted::default();
    let hubs = HubServer::builder().module(Watch(noted.clone())).hub(Members).hub(Admins).build()?;
    let kit = TestServer::new(hubs);
    assert!(kit.connect_as::<Admins>("bob").await.is_err());
    assert!(noted.take().is_empty());
    let bob = kit.connect_as::<Members>("bob").await?;
    noted.take();
    assert!(is_refused(&bob, "rule").await);
    assert!(noted.take().is_empty());
    bob.invoke("hello", ()).await?;
    assert_eq!(noted.take(), [r#"authorize Some("hello")"#, "incoming hello"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn require_authentication_guards_every_hub() -> Tested {
    let kit = TestServer::new(
        HubServer::builder().module(RequireAuthentication).hub(Chat::default()).hub(Second::default()).build()?,
    );
    assert_eq!(kit.connect::<Chat>().await.unwrap_err().status(), Some(401));
    // A connection that lists no hub is nobody's, and may still not call.
    let stranger = kit.client().connect().await?;
    assert!(stranger.on::<Chat>().invoke("echo", ("x",)).await.is_err());
    let ann = kit.connect_as::<Second>("ann").await?;
    assert_eq!(ann.on::<Chat>().invoke("echo", ("x",)).await?.result::<String>(), "x");
    Ok(())
}

/// Says no, or panics.
struct Door(bool);

#[hub_module]
impl HubModule for Door {
    async fn authorize_connect(&self, _: Authorization<'_>, _: AuthorizeConnectNext<'_>) -> bool {
        assert!(self.0, "on purpose");
        false
    }
}

#[tokio::test(start_paused = true)]
async fn a_module_that_says_no_or_panics_refuses() -> Tested {
    for door in [Door(true), Door(false)] {
        let kit = TestServer::new(HubServer::builder().module(door).hub(Chat::default()).build()?);
        assert_eq!(kit.connect_as::<Chat>("ann").await.unwrap_err().status(), Some(403));
    }
    Ok(())
}

/// Says no to one method, whatever `authorize` says.
struct NoEcho;

#[hub_module]
impl HubModule for NoEcho {
    async fn authorize_method(&self, authorization: Authorization<'_>, next: AuthorizeMethodNext<'_>) -> bool {
        authorization.method != Some("echo") && next.run(authorization).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_module_may_refuse_a_method() -> Tested {
    let kit = TestServer::new(HubServer::builder().module(NoEcho).hub(Chat::default()).build()?);
    let ann = kit.connect::<Chat>().await?;
    assert!(ann.invoke("echo", ("x",)).await.is_err());
    ann.invoke("join", ("g",)).await?;
    Ok(())
}
