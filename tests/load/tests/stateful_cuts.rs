//! Stateful reconnect under cuts, in short. The full run is `cargo run --release -p load --bin stateful_cuts`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by panicking, its helpers included")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use load::stateful::{Run, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_message_both_ways_comes_once_and_in_order_whatever_is_cut() {
    let given = std::env::var("LOAD_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
    println!("LOAD_SEED={seed}");
    let longest_cut = Duration::from_millis(300);
    let outcome = run(Run { messages: 10_000, cuts: 20, longest_cut, seed, patience: Duration::from_secs(90) }).await;
    println!("{outcome:?}");
    assert_eq!(outcome.returns, 2 * 20, "both clients came back after each cut: {outcome:?}");
}
