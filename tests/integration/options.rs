//! A server is built, or all that is wrong with it is told at once.

use std::time::Duration;

use hub_core::{BuildError, HubServer, Options, hub, testing::TestServer};

use crate::{
    Tested,
    hubs::{Chat, chat_server},
    noted::Noted,
};

#[hub(name = "chat")]
struct Namesake;

#[hub]
impl Namesake {
    #[hub_method]
    fn nothing(&self) {}
}

/// Its macro takes it, as it cannot know which of the two will be there.
#[hub]
struct Clash;

#[hub]
impl Clash {
    #[cfg(test)]
    #[hub_method]
    fn join_room(&self) {}

    #[cfg(not(any()))]
    #[hub_method(name = "JOINROOM")]
    fn other(&self) {}
}

fn mistakes(built: Result<HubServer, BuildError>) -> Vec<String> {
    match built {
        Ok(_) => Vec::new(),
        Err(error) => error.mistakes().to_vec(),
    }
}

fn of_options(options: Options) -> Vec<String> {
    mistakes(HubServer::builder().options(options).build())
}

#[test]
fn the_defaults_are_right_and_a_server_without_hubs_is_one() {
    assert!(of_options(Options::default()).is_empty());
}

#[test]
fn all_mistakes_are_told_at_once() {
    let options = Options::default()
        .disconnect_timeout(Duration::from_secs(1))
        .keep_alive(Some(Duration::from_millis(1)))
        .allowed_origins(vec!["*".to_owned(), "https://fine.example".to_owned(), "no origin".to_owned()]);
    let built = HubServer::builder().hub(Chat::default()).hub(Namesake).options(options).build();
    let mistakes = mistakes(built);
    for part in [
        "the disconnect timeout is at least",
        "keep-alive",
        "`*` is no origin",
        "`no origin` is no origin",
        "Two Hubs must not share the same name",
    ] {
        assert_eq!(mistakes.iter().filter(|mistake| mistake.contains(part)).count(), 1, "{part}: {mistakes:#?}");
    }
    assert_eq!(mistakes.len(), 5, "{mistakes:#?}");
}

#[test]
fn times_that_clients_could_not_live_with_are_refused() {
    let seconds = Duration::from_secs;
    for (options, is_right) in [
        (Options::default().disconnect_timeout(seconds(6)).keep_alive(Some(seconds(2))), true),
        (Options::default().disconnect_timeout(seconds(5)).keep_alive(None), false),
        (Options::default().keep_alive(None), true),
        (Options::default().keep_alive(Some(seconds(1))), false),
        (Options::default().keep_alive(Some(seconds(10))), true),
        (Options::default().keep_alive(Some(seconds(11))), false),
    ] {
        let mistakes = of_options(options.clone());
        assert_eq!(mistakes.is_empty(), is_right, "{options:?}: {mistakes:?}");
    }
}

#[test]
fn a_limit_of_none_at_all_is_refused_where_nothing_would_work() {
    assert!(!of_options(Options::default().max_calls(0)).is_empty(), "no call would ever run");
}

#[test]
fn names_that_meet_on_the_wire_are_refused() {
    let mistakes = mistakes(HubServer::builder().hub(Clash).build());
    assert_eq!(mistakes, ["hub `clash`: two hub methods called `JOINROOM` on the wire take 0 arguments"]);
}

#[test]
fn a_mount_that_contradicts_itself_is_refused() -> Tested {
    let hubs = chat_server(&Noted::default()).build()?;
    let refused = TestServer::with_options(hubs, Options::default().disconnect_timeout(Duration::from_secs(1)));
    assert!(refused.unwrap_err().to_string().starts_with("the server cannot be built: "));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_nearest_option_wins() -> Tested {
    let detailed = Options::default().detailed_errors(true);
    let hubs = HubServer::builder().hub_with(Chat::default(), detailed).build()?;
    let ann = TestServer::new(hubs.clone()).connect::<Chat>().await?;
    let told = ann.invoke("nosuch", ()).await.unwrap_err();
    assert!(told.text().is_some_and(|text| text.contains("could not be resolved")), "of the hub: {told}");
    let mount = TestServer::with_options(hubs, Options::default().detailed_errors(false))?;
    let ann = mount.connect::<Chat>().await?;
    let told = ann.invoke("nosuch", ()).await.unwrap_err();
    assert!(told.text().is_some_and(|text| text.contains("There was an error")), "of the mount: {told}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn negotiate_tells_the_options_of_its_mount() -> Tested {
    let options = Options::default()
        .disconnect_timeout(Duration::from_secs(15))
        .keep_alive(Some(Duration::from_secs(5)))
        .long_poll_delay(Duration::from_millis(125))
        .websockets(false);
    let kit = TestServer::with_options(chat_server(&Noted::default()).build()?, options)?;
    let told = kit.request("negotiate").query("clientProtocol", "2.1").send().await.json();
    assert_eq!(told["DisconnectTimeout"], 15.0);
    assert_eq!(told["KeepAliveTimeout"], 10.0);
    assert_eq!(told["LongPollDelay"], 0.125);
    assert_eq!(told["TryWebSockets"], false);
    assert_eq!(told["ProtocolVersion"], "2.0");
    Ok(())
}
