//! Stateful reconnect under cuts, in full: `stateful_cuts [--messages 100000] [--cuts 200] [--longest-ms 3000] [--seed NUMBER]`. A client in each
//! encoding sends and receives so many messages, each side awaiting its sends, while its link is cut; five to six minutes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use load::{
    process,
    stateful::{Run, run},
};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

#[tokio::main]
async fn main() -> process::Outcome {
    let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut given = Run {
        messages: 100_000,
        cuts: 200,
        longest_cut: Duration::from_secs(3),
        seed,
        patience: Duration::from_secs(3_600),
    };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    for option in arguments.chunks(2) {
        match option {
            [name, value] if name == "--messages" => given.messages = value.parse()?,
            [name, value] if name == "--cuts" => given.cuts = value.parse()?,
            [name, value] if name == "--longest-ms" => given.longest_cut = Duration::from_millis(value.parse()?),
            [name, value] if name == "--seed" => given.seed = value.parse()?,
            _ => return Err("stateful_cuts [--messages N] [--cuts N] [--longest-ms N] [--seed N]".into()),
        }
    }
    println!("{given:?}");
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let outcome = run(given).await;
    let peak = ALLOCATOR.peak_usage().saturating_sub(before);
    println!(
        "{outcome:?}: none lost, none doubled, none out of order; {peak} bytes at most for the server and both clients"
    );
    Ok(())
}
