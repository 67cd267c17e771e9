//! Whether time grows with the size of the input, and not faster.

use std::time::Duration;

/// What twice the input may take.
const LIMIT: f64 = 2.3;

/// Holds the time for `bytes` against that for twice as many: both again and again, side by side, and the median of their ratios counts. What is
/// quadratic takes four times as long in all of them; a busy machine is given more rounds.
///
/// # Panics
///
/// If it takes more than 2.3 times as long.
pub async fn assert_linear(what: &str, bytes: usize, mut time: impl AsyncFnMut(usize) -> Duration) {
    // The first one pays for what is made on demand.
    time(bytes / 8).await;
    let mut ratios: Vec<f64> = Vec::new();
    for _ in 0..61 {
        let half = time(bytes).await;
        ratios.push(time(2 * bytes).await.as_secs_f64() / half.as_secs_f64());
        ratios.sort_unstable_by(f64::total_cmp);
        if ratios.len() >= 5 && ratios[ratios.len() / 2] <= LIMIT {
            return;
        }
    }
    panic!("{what}: {} bytes take {:.2} times as long as half of them", 2 * bytes, ratios[ratios.len() / 2]);
}
