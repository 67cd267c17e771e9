//! Rule 5: the rejoining stage has the last word.

use std::{sync::Arc, time::Duration};

use hub_core::{
    GroupName, HubError, HubModule, HubResult, HubServer, Options, hub_module,
    pipeline::{Rejoining, RejoiningNext},
    testing::{TestClient, TestServer, Transport},
};
use parking_lot::Mutex;

use super::{hears, shown};
use crate::{
    Tested,
    counters::Counters,
    hubs::{Chat, Second, keys},
    log_text::LogText,
    noted::Noted,
};

const NOTHING: [&str; 0] = [];

/// What the stage answers.
#[derive(Clone, Default)]
enum Answer {
    #[default]
    Identity,
    These(Vec<&'static str>),
    Fails,
    Panics,
    Never,
}

/// A stage that notes what it is handed.
#[derive(Clone, Default)]
struct Stage {
    noted: Noted,
    answer: Arc<Mutex<Answer>>,
}

#[hub_module]
impl HubModule for Stage {
    async fn rejoining_groups(&self, rejoining: Rejoining<'_>, next: RejoiningNext<'_>) -> HubResult<Vec<GroupName>> {
        let mut groups: Vec<&str> = rejoining.groups.iter().map(GroupName::as_str).collect();
        groups.sort_unstable();
        let user = rejoining.user().map_or("nobody", |user| user.name());
        self.noted.note(format!("{} {user} {groups:?}", rejoining.hub));
        if rejoining.hub != "chat" {
            return next.run(rejoining).await;
        }
        let answer = self.answer.lock().clone();
        match answer {
            Answer::Identity => next.run(rejoining).await,
            Answer::These(groups) => Ok(groups.into_iter().map(|group| GroupName::new(group).unwrap()).collect()),
            Answer::Fails => Err(HubError::internal("the database is gone")),
            Answer::Panics => panic!("on purpose"),
            Answer::Never => std::future::pending().await,
        }
    }
}

impl Stage {
    fn server(&self) -> HubServer {
        self.server_with(Options::default())
    }

    fn server_with(&self, options: Options) -> HubServer {
        let hubs = HubServer::builder().signing_keys(keys()).module(self.clone()).options(options);
        hubs.hub(Chat::default()).hub(Second::default()).build().unwrap()
    }

    fn answers(&self, answer: Answer) {
        *self.answer.lock() = answer;
    }
}

async fn ann_in(kit: &TestServer, groups: &[&str]) -> TestClient {
    super::ann_in(kit, groups).await
}

#[tokio::test(start_paused = true)]
async fn it_is_asked_once_for_each_listed_hub_with_the_hubs_own_groups() -> Tested {
    let stage = Stage::default();
    let kit = TestServer::new(stage.server());
    let ann = ann_in(&kit, &["b", "a"]).await;
    ann.on::<Second>().invoke("join", ("x",)).await?;
    ann.until_groups_tokens(3).await;
    assert!(stage.noted.take().is_empty(), "never at a first connect, a start, a call");
    ann.drop_transport();
    ann.reconnect().await?;
    assert_eq!(stage.noted.take(), [r#"chat ann ["a", "b"]"#, r#"second ann ["x"]"#], "known: its own membership");
    kit.restart(stage.server());
    ann.set_hubs(&["second"]);
    ann.reconnect().await?;
    assert_eq!(stage.noted.take(), [r#"second ann ["x"]"#], "unknown: the token's, of the listed hubs");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn it_is_asked_with_an_empty_list_too() -> Tested {
    let stage = Stage::default();
    let kit = TestServer::new(stage.server());
    let ann = kit.connect_as::<Chat>("ann").await?;
    ann.drop_transport();
    ann.reconnect().await?;
    assert_eq!(stage.noted.take(), ["chat ann []"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn it_is_not_asked_at_polls_of_a_known_connection() -> Tested {
    let stage = Stage::default();
    let kit = TestServer::new(stage.server());
    let ann = kit.client().hub::<Chat>().user("ann").transport(Transport::LongPolling).connect().await?;
    ann.invoke("join", ("a",)).await?;
    ann.until_groups_tokens(1).await;
    for _ in 0..3 {
        ann.invoke("tellAll", ("x",)).await?;
        ann.next_call().await;
    }
    assert!(stage.noted.take().is_empty());
    kit.restart(stage.server());
    ann.poll().await?;
    assert_eq!(stage.noted.take(), [r#"chat ann ["a"]"#], "a poll of an unknown connection is a reconnect");
    ann.drop_transport();
    ann.reconnect().await?;
    assert_eq!(stage.noted.take(), [r#"chat ann ["a"]"#]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_it_drops_is_heard_no_more() -> Tested {
    for restarted in [false, true] {
        let stage = Stage::default();
        let kit = TestServer::new(stage.server());
        let ann = ann_in(&kit, &["a", "b"]).await;
        stage.answers(Answer::These(vec!["b"]));
        ann.drop_transport();
        if restarted {
            kit.restart(stage.server());
        }
        super::say(&kit, "a", "missed");
        ann.reconnect().await?;
        assert_eq!(hears(&kit, &ann, &["a", "b"]).await, ["b"], "restarted: {restarted}");
        assert!(kit.members::<Chat>("a").is_empty());
        Ok::<(), Box<dyn std::error::Error>>(())?;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_it_adds_is_heard_from_now_on() -> Tested {
    for restarted in [false, true] {
        let stage = Stage::default();
        let kit = TestServer::new(stage.server());
        let ann = ann_in(&kit, &["a"]).await;
        stage.answers(Answer::These(vec!["a", "new"]));
        ann.drop_transport();
        if restarted {
            kit.restart(stage.server());
        }
        super::say(&kit, "new", "before it was a member");
        ann.reconnect().await?;
        assert_eq!(shown(&ann).await, NOTHING, "restarted: {restarted}");
        assert_eq!(hears(&kit, &ann, &["a", "new"]).await, ["a", "new"], "restarted: {restarted}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn its_word_holds_without_a_token_and_with_a_bad_one() -> Tested {
    for token in [None, Some("forged".to_owned())] {
        for restarted in [true, false] {
            let stage = Stage::default();
            let kit = TestServer::new(stage.server());
            let ann = ann_in(&kit, &["a"]).await;
            stage.answers(Answer::These(vec!["a", "b"]));
            ann.drop_transport();
            if restarted {
                kit.restart(stage.server());
            }
            ann.set_groups_token(token.clone());
            ann.reconnect().await?;
            stage.noted.until(2).await;
            assert_eq!(hears(&kit, &ann, &["a", "b"]).await, ["a", "b"], "{token:?}, restarted: {restarted}");
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn with_a_bad_token_it_is_handed_no_groups() -> Tested {
    let stage = Stage::default();
    let kit = TestServer::new(stage.server());
    let ann = ann_in(&kit, &["a"]).await;
    ann.drop_transport();
    ann.set_groups_token(Some("forged".to_owned()));
    ann.reconnect().await?;
    assert_eq!(stage.noted.take().first().map(String::as_str), Some("chat ann []"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_stage_that_fails_panics_or_takes_too_long_gives_no_groups_and_the_client_comes_back() -> Tested {
    for (answer, told) in [(Answer::Fails, "failed"), (Answer::Panics, "panicked"), (Answer::Never, "took too long")] {
        for restarted in [false, true] {
            let (log, counters, stage) = (LogText::start(), Counters::start(), Stage::default());
            let kit = TestServer::new(stage.server());
            let ann = ann_in(&kit, &["a"]).await;
            ann.on::<Second>().invoke("join", ("x",)).await?;
            ann.until_groups_tokens(2).await;
            stage.answers(answer.clone());
            ann.drop_transport();
            if restarted {
                kit.restart(stage.server());
            }
            ann.reconnect().await?;
            assert_eq!(hears(&kit, &ann, &["a"]).await, NOTHING, "{told}");
            assert!(kit.members::<Chat>("a").is_empty());
            assert_eq!(kit.members::<Second>("x"), [ann.id()], "{told}: the other hub's stage has answered");
            log.assert_one(&["ERROR the rejoining stage", told, "no groups are rejoined"]);
            assert_eq!(counters.take("hub_rejoins_refused_total"), 1);
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_time_that_a_stage_may_take_is_an_option() -> Tested {
    let stage = Stage::default();
    stage.answers(Answer::Never);
    let options = Options::default().rejoin_timeout(Duration::from_secs(1));
    let kit = TestServer::with_options(stage.server(), options)?;
    let ann = kit.connect_as::<Chat>("ann").await?;
    ann.drop_transport();
    let before = tokio::time::Instant::now();
    ann.reconnect().await?;
    assert_eq!(before.elapsed().as_secs(), 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_membership_that_changes_while_the_stage_is_asked_is_kept() -> Tested {
    let stage = Stage::default();
    let kit = TestServer::new(stage.server());
    let ann = ann_in(&kit, &["a"]).await;
    stage.answers(Answer::Never);
    ann.drop_transport();
    let id = ann.id();
    let coming = tokio::spawn(async move {
        ann.reconnect().await.unwrap();
        ann
    });
    stage.noted.until(1).await;
    kit.hubs().hub::<Chat>().groups().add(id, "b").await?;
    let ann = coming.await?;
    assert_eq!(hears(&kit, &ann, &["a", "b"]).await, ["b"], "the stage had no word on what it did not see");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn hubs_that_are_not_listed_keep_their_membership() -> Tested {
    let stage = Stage::default();
    let kit = TestServer::new(stage.server());
    let ann = ann_in(&kit, &["a"]).await;
    stage.answers(Answer::These(Vec::new()));
    ann.drop_transport();
    ann.set_hubs(&["second"]);
    ann.reconnect().await?;
    assert_eq!(stage.noted.take(), ["second ann []"]);
    assert_eq!(kit.members::<Chat>("a"), [ann.id()]);
    assert_eq!(hears(&kit, &ann, &["a"]).await, NOTHING, "and hear nothing");
    stage.answers(Answer::Identity);
    ann.drop_transport();
    ann.set_hubs(&["chat", "second"]);
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a"]).await, ["a"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_answer_for_a_bad_token_leaves_the_groups_of_hubs_that_are_not_listed() -> Tested {
    let stage = Stage::default();
    let kit = TestServer::new(stage.server());
    let ann = ann_in(&kit, &["a"]).await;
    kit.hubs().hub::<Second>().groups().add(ann.id(), "kept").await?;
    ann.all_calls().await;
    stage.answers(Answer::These(vec!["b"]));
    ann.drop_transport();
    ann.set_hubs(&["chat"]);
    ann.set_groups_token(Some("forged".to_owned()));
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a", "b"]).await, ["b"], "the stage has the last word on the hub that is listed");
    assert_eq!(kit.members::<Second>("kept"), [ann.id()]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_longer_than_a_connection_may_hold_is_cut_and_said() -> Tested {
    let log = LogText::start();
    let stage = Stage::default();
    let kit = TestServer::new(stage.server_with(Options::default().max_groups(2)));
    let ann = ann_in(&kit, &["a"]).await;
    stage.answers(Answer::These(vec!["a", "b", "c", "d"]));
    ann.drop_transport();
    ann.reconnect().await?;
    assert_eq!(hears(&kit, &ann, &["a", "b", "c", "d"]).await.len(), 2);
    log.assert_one(&["WARN more groups to rejoin than a connection may be in", "refused=2"]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_hub_that_is_listed_later_is_not_heard_before_its_stage_was_asked() -> Tested {
    for listing in ["reconnect", "poll", "connect", "poll after a poll with a bad token"] {
        let stage = Stage::default();
        let kit = TestServer::new(stage.server());
        let ann = ann_in(&kit, &["a"]).await;
        // The database no longer has her in it.
        stage.answers(Answer::These(Vec::new()));
        kit.restart(stage.server());
        ann.set_transport(Transport::LongPolling);
        ann.set_hubs(&["second"]);
        ann.reconnect().await?;
        assert_eq!(hears(&kit, &ann, &["a"]).await, NOTHING, "{listing}");
        ann.drop_transport();
        ann.set_hubs(&["chat", "second"]);
        match listing {
            "reconnect" => ann.reconnect().await?,
            "poll" => ann.poll().await?,
            "connect" => ann.connect_again().await?,
            _ => {
                let good = ann.groups_token();
                ann.set_groups_token(Some("forged".to_owned()));
                ann.poll().await?;
                ann.drop_transport();
                ann.set_groups_token(good);
                ann.poll().await?;
            }
        }
        assert_eq!(hears(&kit, &ann, &["a"]).await, NOTHING, "{listing}");
        assert!(kit.members::<Chat>("a").is_empty(), "{listing}");
    }
    Ok(())
}
