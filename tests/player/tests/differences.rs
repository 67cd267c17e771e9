//! That a player notices: a right server passes, and every kind of fault or flipped expectation is reported at its step.

mod small_server;

use std::time::Duration;

use player::{Difference, Filter, Outcome, Player, Report, Scenario, play_all};
use small_server::Fault;

/// The recorded transcripts.
const TRANSCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/vectors/classic");

/// A scenario as its steps.
fn scenario(steps: &[&str]) -> Scenario {
    let text = format!(r#"{{"about":"made up for this test","steps":[{}]}}"#, steps.join(","));
    Scenario::parse("made-up", &text).expect("a scenario")
}

/// Plays one scenario; fails if it takes longer than any of them should.
async fn play(base: &str, steps: &[&str]) -> Outcome {
    let scenarios = [scenario(steps)];
    let player = Player::new(base).expect("an address");
    let report = tokio::time::timeout(Duration::from_secs(30), player.play(&scenarios)).await;
    report.expect("an end in time").outcomes.remove(0)
}

fn step_of(outcome: &Outcome) -> Option<usize> {
    outcome.difference.as_ref().and_then(|difference| difference.step)
}

/// What a right server does on a stream, by which transport ever.
fn life(transport: &str) -> Vec<String> {
    let reply = r#""is":"{\"R\":\"é\",\"I\":\"7\"}""#;
    let heard = r#""{\"H\":\"conformance\",\"M\":\"Receive\",\"A\":[\"hello\"]}""#;
    vec![
        format!(r#"{{"open":"a","transport":"{transport}"}}"#),
        format!(r#"{{"call":"a","method":"Echo","args":["é"],"id":7,{reply}}}"#),
        r#"{"call":"a","method":"Caller","args":["hello"],"is":"{\"I\":\"0\"}"}"#.to_owned(),
        format!(r#"{{"hears":"a","messages":[{heard}],"ms":600}}"#),
        r#"{"quiet":"a","ms":300}"#.to_owned(),
        r#"{"events":"a","are":["connected conformance"],"ms":600}"#.to_owned(),
        r#"{"abort":"a","type":"application/json; charset=UTF-8","text":""}"#.to_owned(),
        r#"{"ended":"a","ms":600}"#.to_owned(),
    ]
}

fn borrowed(steps: &[String]) -> Vec<&str> {
    steps.iter().map(String::as_str).collect()
}

#[tokio::test]
async fn a_right_server_passes_over_every_transport() {
    let base = small_server::start(Fault::None).await;
    for transport in ["webSockets", "serverSentEvents", "longPolling"] {
        let outcome = play(&base, &borrowed(&life(transport))).await;
        assert_eq!(outcome.difference, None, "{transport}");
    }
}

#[tokio::test]
async fn every_fault_is_reported_at_the_step_that_shows_it() {
    let faults = [
        (Fault::Spelling, "webSockets", 2),
        (Fault::Spelling, "serverSentEvents", 2),
        (Fault::Spelling, "longPolling", 2),
        (Fault::Twice, "webSockets", 5),
        (Fault::Twice, "serverSentEvents", 5),
        (Fault::Twice, "longPolling", 5),
        (Fault::Silence, "webSockets", 4),
        (Fault::Silence, "longPolling", 4),
        (Fault::Events, "serverSentEvents", 6),
        (Fault::Accept, "webSockets", 1),
        (Fault::Mask, "webSockets", 1),
        (Fault::Clinging, "serverSentEvents", 8),
    ];
    let outcomes = faults.map(|(fault, transport, step)| async move {
        let base = small_server::start(fault).await;
        let outcome = play(&base, &borrowed(&life(transport))).await;
        assert_eq!(step_of(&outcome), Some(step), "{fault:?} over {transport}: {outcome}");
    });
    futures_util::future::join_all(outcomes).await;
}

#[tokio::test]
async fn a_cut_body_is_not_a_clean_end() {
    let steps = [r#"{"open":"a","transport":"serverSentEvents"}"#, r#"{"abort":"a"}"#, r#"{"ended":"a","clean":true}"#];
    assert_eq!(play(&small_server::start(Fault::None).await, &steps).await.difference, None);
    assert_eq!(step_of(&play(&small_server::start(Fault::Cut).await, &steps).await), Some(3));
}

#[tokio::test]
async fn keep_alives_are_measured() {
    let steps = [
        r#"{"open":"a","transport":"serverSentEvents"}"#,
        r#"{"keepAlive":"a","count":3,"is":"data: {}","between":[100,2000]}"#,
    ];
    assert_eq!(play(&small_server::start(Fault::None).await, &steps).await.difference, None);
    assert_eq!(step_of(&play(&small_server::start(Fault::Hurry).await, &steps).await), Some(2));
}

#[tokio::test]
async fn a_groups_token_is_noticed() {
    let steps = [
        r#"{"open":"a","transport":"webSockets"}"#,
        r#"{"call":"a","method":"Caller","args":["x"]}"#,
        r#"{"hears":"a","messages":["<*>"]}"#,
        r#"{"token":"a","comes":false}"#,
    ];
    assert_eq!(play(&small_server::start(Fault::None).await, &steps).await.difference, None);
    assert_eq!(step_of(&play(&small_server::start(Fault::Token).await, &steps).await), Some(4));
}

#[tokio::test]
async fn a_flipped_expectation_is_reported_with_both_sides() {
    let base = small_server::start(Fault::None).await;
    let flips = [
        (1, r#"\"R\":\"é\""#, r#"\"R\":\"e\""#),
        (1, r#"\"I\":\"7\""#, r#"\"I\":\"8\""#),
        (2, r#"\"I\":\"0\""#, r#"\"I\":0"#),
        (3, "hello", "hallo"),
        (5, r#""connected conformance""#, ""),
        (5, "connected", "reconnected"),
        (6, r#""text":"""#, r#""text":"gone""#),
        (6, "application/json", "text/plain"),
        (7, r#""ms":600"#, r#""code":1001"#),
    ];
    for (at, from, to) in flips {
        let mut steps = life("webSockets");
        assert!(steps[at].contains(from), "{from} is not in {}", steps[at]);
        steps[at] = steps[at].replace(from, to);
        let outcome = play(&base, &borrowed(&steps)).await;
        let difference = outcome.difference.expect("a difference");
        assert_eq!(difference.step, Some(at + 1), "{from} for {to}: {difference}");
        assert!(difference.expected.is_some() && difference.got.is_some(), "{difference}");
    }
}

#[tokio::test]
async fn every_recording_fails_on_a_server_that_cannot_do_anything() {
    let base = small_server::start_saying(b"HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n").await;
    let report: Report = play_all(&base, TRANSCRIPTS, &Filter::default()).await.expect("recordings");
    assert!(report.outcomes.len() > 100, "{}", report.summary());
    let passed: Vec<_> = report.outcomes.iter().filter(|outcome| outcome.holds()).map(ToString::to_string).collect();
    assert_eq!(passed, Vec::<String>::new());
}

#[tokio::test]
async fn odd_answers_are_differences_too() {
    let answers: [&'static [u8]; 9] = [
        b"",
        b"\0\xff\xfe",
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[1,2]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{\"Response\":null}",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ];
    let plays = answers.map(|answer| async move {
        let base = small_server::start_saying(answer).await;
        let openings: [&[&str]; 5] = [
            &[r#"{"open":"a","transport":"webSockets"}"#],
            &[r#"{"ping":"a","status":200,"text":"{ \"Response\": \"pong\" }"}"#],
            &[r#"{"give":"a","id":"x"}"#, r#"{"events":"a","are":["connected conformance"],"ms":0}"#],
            &[r#"{"connect":"a","transport":"webSockets"}"#, r#"{"frame":"a","is":"x","ms":200}"#],
            &[r#"{"negotiate":"a","has":{"X":"y"}}"#],
        ];
        for steps in openings {
            let outcome = play(&base, steps).await;
            assert!(!outcome.holds(), "{:?}: {steps:?}", String::from_utf8_lossy(answer));
        }
    });
    futures_util::future::join_all(plays).await;
}

#[tokio::test]
async fn nobody_there_is_a_difference() {
    let outcome = play("http://127.0.0.1:9", &[r#"{"ping":"a","status":200}"#]).await;
    let expected = Difference {
        step: Some(1),
        action: "ping a".into(),
        what: "ping: status".into(),
        expected: Some("200".into()),
        got: Some("no answer".into()),
    };
    assert_eq!(outcome.difference, Some(expected));
}

#[tokio::test]
async fn steps_out_of_place_are_differences() {
    let base = small_server::start(Fault::None).await;
    let steps =
        ["call", "reply", "hears", "frame", "drop", "close", "ended", "alive", "quiet", "token", "start", "mark"];
    for verb in steps {
        let messages = if verb == "hears" { r#","messages":[]"# } else { "" };
        let outcome = play(&base, &[&format!(r#"{{"{verb}":"nobody"{messages}}}"#)]).await;
        assert_eq!(step_of(&outcome), Some(1), "{verb}");
    }
}
