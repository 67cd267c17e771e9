//! Every selector reaches exactly whom it names, once (sections 5.5, 7.1, 13.1; P2).

use hub_core::{
    Clients, Groups, HubContext, HubResult, HubServer, User, hub, hub_client,
    testing::{TestClient, TestServer},
};

use crate::{Tested, hubs::Chat};

#[hub_client]
trait Screen {
    fn show(&self, text: &str);
}

#[hub(client = Screen)]
struct Switch;

#[hub]
impl Switch {
    #[hub_method]
    async fn join(&self, cx: &HubContext<Self>, groups: &Groups<Self>, names: Vec<String>) -> HubResult {
        for name in names {
            groups.add(cx.connection_id(), name).await?;
        }
        Ok(())
    }

    /// One-way calls by selector: names are groups or users, ids are connections named or left out.
    #[hub_method]
    async fn to(&self, clients: &Clients<Self>, selector: String, names: Vec<String>, ids: Vec<String>) -> HubResult {
        let first = names.first().cloned().unwrap_or_default();
        let sent = match &*selector {
            "all" => clients.all().show("x"),
            "all_except" => clients.all_except(ids).show("x"),
            "caller" => clients.caller().show("x"),
            "others" => clients.others().show("x"),
            "client" => clients.client(ids.first().cloned().unwrap_or_default()).show("x"),
            "clients" => clients.clients(ids).show("x"),
            "group" => clients.group(first).show("x"),
            "group_except" => clients.group_except(first, ids).show("x"),
            "groups" => clients.groups(names).show("x"),
            "groups_except" => clients.groups_except(names, ids).show("x"),
            "others_in_group" => clients.others_in_group(first).show("x"),
            "others_in_groups" => clients.others_in_groups(names).show("x"),
            "user" => clients.user(first).show("x"),
            "users" => clients.users(names).show("x"),
            other => panic!("no selector {other}"),
        };
        Ok(sent.await?)
    }
}

/// Four connections: ann and bob in `a`, bob and cid in `b`, bob twice.
struct Hall {
    clients: Vec<(&'static str, TestClient)>,
}

impl Hall {
    async fn open() -> Result<Self, Box<dyn std::error::Error>> {
        let kit = TestServer::new(HubServer::builder().hub(Switch).hub(Chat::default()).build()?);
        let mut clients = Vec::new();
        for (name, user, groups) in [
            ("ann", "ann", vec!["a"]),
            ("bob", "bob", vec!["a", "b"]),
            ("bob2", "bob", vec![]),
            ("cid", "cid", vec!["b"]),
        ] {
            let client = kit.connect_as::<Switch>(user).await?;
            client.invoke("join", (groups,)).await?;
            clients.push((name, client));
        }
        Ok(Self { clients })
    }

    fn client(&self, name: &str) -> &TestClient {
        self.clients.iter().find(|(held, _)| *held == name).map(|(_, client)| client).unwrap()
    }

    fn ids(&self, names: &[&str]) -> Vec<String> {
        names.iter().map(|name| self.client(name).id().to_string()).collect()
    }

    /// Who receives what ann sends, and that each does once.
    async fn reached(&self, selector: &str, names: &[&str], ids: &[String]) -> Vec<&'static str> {
        self.client("ann").invoke("to", (selector, names, ids)).await.unwrap();
        self.who_heard().await
    }

    async fn who_heard(&self) -> Vec<&'static str> {
        let mut reached = Vec::new();
        for (name, client) in &self.clients {
            let calls = client.all_calls().await;
            assert!(calls.len() <= 1, "{name} received {} copies", calls.len());
            if calls.len() == 1 {
                reached.push(*name);
            }
        }
        reached
    }
}

macro_rules! reaches {
    ($($test:ident: $selector:literal($names:expr, $ids:expr) => $reached:expr;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $test() -> Tested {
            let hall = Hall::open().await?;
            let (names, ids): (&[&str], &[&str]) = (&$names, &$ids);
            let reached: &[&str] = &$reached;
            assert_eq!(hall.reached($selector, names, &hall.ids(ids)).await, reached);
            Ok(())
        }
    )*};
}

reaches! {
    all_reaches_everyone: "all"([], []) => ["ann", "bob", "bob2", "cid"];
    all_except_leaves_out_the_listed: "all_except"([], ["bob", "ann"]) => ["bob2", "cid"];
    all_except_nobody_is_all: "all_except"([], []) => ["ann", "bob", "bob2", "cid"];
    all_except_everyone_is_nobody: "all_except"([], ["ann", "bob", "bob2", "cid"]) => [];
    caller_reaches_the_caller: "caller"([], []) => ["ann"];
    others_reaches_all_but_the_caller: "others"([], []) => ["bob", "bob2", "cid"];
    client_reaches_one: "client"([], ["cid"]) => ["cid"];
    clients_reaches_the_listed: "clients"([], ["cid", "bob2"]) => ["bob2", "cid"];
    clients_listed_twice_hear_once: "clients"([], ["cid", "cid"]) => ["cid"];
    clients_of_an_empty_list_is_nobody: "clients"([], []) => [];
    group_reaches_its_members: "group"(["b"], []) => ["bob", "cid"];
    group_of_nobody_is_nobody: "group"(["nosuch"], []) => [];
    group_names_are_case_sensitive: "group"(["B"], []) => [];
    group_except_leaves_out_the_listed: "group_except"(["b"], ["bob"]) => ["cid"];
    group_except_of_strangers_leaves_out_nobody: "group_except"(["b"], ["ann"]) => ["bob", "cid"];
    groups_reaches_members_of_any_and_each_once: "groups"(["a", "b"], []) => ["ann", "bob", "cid"];
    groups_named_twice_reach_each_once: "groups"(["a", "a"], []) => ["ann", "bob"];
    groups_of_an_empty_list_is_nobody: "groups"([], []) => [];
    groups_except_leaves_out_the_listed: "groups_except"(["a", "b"], ["bob"]) => ["ann", "cid"];
    others_in_group_leaves_out_the_caller: "others_in_group"(["a"], []) => ["bob"];
    others_in_group_does_not_require_being_in_it: "others_in_group"(["b"], []) => ["bob", "cid"];
    others_in_groups_leaves_out_the_caller: "others_in_groups"(["a", "b"], []) => ["bob", "cid"];
    user_reaches_every_connection_of_the_user: "user"(["bob"], []) => ["bob", "bob2"];
    user_ids_are_compared_byte_for_byte: "user"(["Bob"], []) => [];
    the_empty_user_is_nobody: "user"([""], []) => [];
    users_reaches_every_connection_of_each: "users"(["bob", "cid", "nosuch"], []) => ["bob", "bob2", "cid"];
    users_listed_twice_hear_once: "users"(["bob", "bob"], []) => ["bob", "bob2"];
    users_of_an_empty_list_is_nobody: "users"([], []) => [];
}

#[tokio::test(start_paused = true)]
async fn ids_that_name_nobody_are_no_error() -> Tested {
    let hall = Hall::open().await?;
    let strange: Vec<String> =
        ["nosuch", "not an id", "é", &"x".repeat(300)].iter().map(|id| (*id).to_owned()).collect();
    assert!(hall.reached("client", &[], &strange[..1]).await.is_empty());
    assert!(hall.reached("clients", &[], &strange).await.is_empty());
    assert_eq!(hall.reached("all_except", &[], &strange).await.len(), 4);
    let mut mixed = strange;
    mixed.extend(hall.ids(&["bob"]));
    assert_eq!(hall.reached("clients", &[], &mixed).await, ["bob"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_name_that_can_be_none_is_an_error_of_the_call_and_nothing_is_sent() -> Tested {
    let hall = Hall::open().await?;
    let long = "x".repeat(257);
    for (selector, names) in [
        ("client", vec![]),
        ("group", vec![""]),
        ("groups", vec!["a", ""]),
        ("group", vec![&*long]),
        ("groups", vec!["a", &*long]),
        ("users", vec!["bob", &*long]),
    ] {
        let error = hall.client("ann").invoke("to", (selector, &names, Vec::<String>::new())).await.unwrap_err();
        assert!(error.text().is_some(), "{selector} {names:?}");
        assert!(hall.who_heard().await.is_empty(), "{selector} {names:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn one_who_left_is_reached_no_more_and_one_who_is_away_later() -> Tested {
    let hall = Hall::open().await?;
    hall.client("bob").stop().await?;
    hall.client("cid").drop_transport();
    assert_eq!(hall.reached("groups", &["a", "b"], &[]).await, ["ann"]);
    hall.client("cid").reconnect().await?;
    assert_eq!(hall.who_heard().await, ["cid"]);
    assert_eq!(hall.reached("user", &["bob"], &[]).await, ["bob2"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn who_does_not_listen_to_a_hub_hears_nothing_of_it() -> Tested {
    let kit = TestServer::new(HubServer::builder().hub(Switch).hub(Chat::default()).build()?);
    let ann = kit.connect_as::<Switch>("ann").await?;
    let deaf = kit.connect_as::<Chat>("ann").await?;
    let id = deaf.id().to_string();
    deaf.on::<Switch>().invoke("join", (["a"],)).await?;
    for (selector, names, ids) in [
        ("all", vec![], vec![]),
        ("client", vec![], vec![&id]),
        ("group", vec!["a"], vec![]),
        ("user", vec!["ann"], vec![]),
    ] {
        ann.invoke("to", (selector, names, ids)).await?;
    }
    deaf.on::<Switch>().invoke("to", ("caller", [""; 0], [""; 0])).await?;
    deaf.no_calls().await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_user_is_reached_by_id_not_by_name() -> Tested {
    let kit = TestServer::new(HubServer::builder().hub(Switch).build()?);
    let user = User::new("Ann Smith")?.with_id("u-1")?;
    let ann = kit.client().hub::<Switch>().signed_in(user).connect().await?;
    ann.invoke("to", ("user", ["Ann Smith"], [""; 0])).await?;
    ann.no_calls().await;
    ann.invoke("to", ("user", ["u-1"], [""; 0])).await?;
    ann.expect_call("show", ("x",)).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn calls_to_one_target_arrive_in_order() -> Tested {
    let kit = TestServer::new(HubServer::builder().hub(Switch).build()?);
    let ann = kit.connect::<Switch>().await?;
    let hub = kit.hubs().hub::<Switch>();
    for number in 0..500 {
        hub.clients().all().show(&number.to_string());
    }
    for number in 0..500 {
        ann.expect_call("show", (number.to_string(),)).await;
    }
    ann.no_calls().await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_reconnect_lists_its_hubs_anew() -> Tested {
    let kit = TestServer::new(HubServer::builder().hub(Switch).hub(Chat::default()).build()?);
    let ann = kit.client().hub::<Switch>().user("ann").connect().await?;
    let id = ann.id();
    let tell = || {
        let (switch, chat) = (kit.hubs().hub::<Switch>(), kit.hubs().hub::<Chat>());
        switch.clients().all().show("switch all");
        switch.clients().user("ann").show("switch user");
        switch.clients().client(id).show("switch client");
        chat.clients().all().show("chat all");
        chat.clients().user("ann").show("chat user");
        chat.clients().client(id).show("chat client");
    };
    for (hubs, prefixes) in [
        (&["chat"][..], &["chat"][..]),
        (&["chat", "switch"], &["switch", "chat"]),
        (&["switch"], &["switch"]),
        (&[], &[]),
    ] {
        ann.drop_transport();
        ann.set_hubs(hubs);
        ann.set_cursor(None);
        ann.reconnect().await?;
        tell();
        let heard: Vec<String> = ann.all_calls().await.iter().map(|call| call.args::<(String,)>().0).collect();
        let expected: Vec<String> =
            prefixes.iter().flat_map(|hub| ["all", "user", "client"].map(|to| format!("{hub} {to}"))).collect();
        assert_eq!(heard, expected, "{hubs:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn selectors_work_in_events_where_the_caller_is_who_comes_or_goes() -> Tested {
    #[hub(client = Screen)]
    struct Door;
    #[hub]
    impl Door {
        #[hub_method(connected)]
        fn come(&self, clients: &Clients<Self>) {
            clients.caller().show("welcome");
            clients.others().show("somebody came");
        }
        #[hub_method(disconnected)]
        fn go(&self, clients: &Clients<Self>) {
            clients.caller().show("nobody is there");
            clients.others().show("somebody went");
            clients.all().show("to all");
        }
    }
    let kit = TestServer::new(HubServer::builder().hub(Door).build()?);
    let ann = kit.connect::<Door>().await?;
    ann.expect_call("show", ("welcome",)).await;
    let bob = kit.connect::<Door>().await?;
    ann.expect_call("show", ("somebody came",)).await;
    bob.expect_call("show", ("welcome",)).await;
    bob.stop().await?;
    ann.expect_call("show", ("somebody went",)).await;
    ann.expect_call("show", ("to all",)).await;
    ann.no_calls().await;
    bob.no_calls().await;
    Ok(())
}
