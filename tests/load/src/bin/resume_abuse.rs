//! Clients that acknowledge nothing and come back with their connections all the time (R30): `resume_abuse [--clients 5000] [--workers 4]
//! [--rounds 5]`; about two minutes, and up to five where a virtual machine's host takes the processors away: such rounds are made again. Needs
//! Linux. The short form is in `tests/hostile`.
//!
//! Each has the server keep 90 KB for it, more than the process may keep for all. They return in turns, some as another user, some by two sockets
//! at once, one of them as often as it can; those who gave way begin anew. Honest clients call meanwhile, in turns with rounds of peace.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    extract::Request,
    middleware::{self, Next},
    routing::get,
};
use hostile::core::{Core, Peer};
use hub_axum::HubRouterExt as _;
use hub_core::{Clients, HubResult, HubServer, Options, User, hub, hub_client, protocol::Encoding};
use load::{
    hoarders::{Abusers, KEPT_BYTES, KEPT_MESSAGES, abuse},
    process::{Outcome, Server},
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::{
    net::TcpListener,
    time::{MissedTickBehavior, interval_at, sleep},
};

/// What the server may keep and queue for all.
const BUDGET: usize = 256 << 20;
/// What the last message may take beyond that before somebody gives way.
const OVERSHOOT: usize = 1 << 20;
const HONEST: usize = 50;
/// How much of the processors' time another machine may have taken in a round that counts, in per cent; and how often a round is tried.
const MOST_STOLEN: f64 = 2.0;
const MOST_TRIES: usize = 5;
const EVERY: Duration = Duration::from_millis(20);
const ROUND: Duration = Duration::from_secs(5);

#[hub_client]
trait Page {
    fn said(&self, text: &str);
}

#[hub(name = "kept", client = Page)]
struct KeptHub;

#[hub]
impl KeptHub {
    #[hub_method]
    fn echo(&self, text: String) -> String {
        text
    }

    /// Says so much to the caller, who is to acknowledge it.
    #[hub_method]
    async fn keep(&self, clients: &Clients<Self>) -> HubResult {
        let text = "x".repeat(KEPT_BYTES);
        for _ in 0..KEPT_MESSAGES {
            clients.caller().said(&text).await?;
        }
        Ok(())
    }
}

/// What the server says of itself.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Held {
    connections: usize,
    queued_bytes: usize,
    most_queued: usize,
}

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--serve"] => return serve().await,
        ["--abuse", server, clients, workers] => {
            return abuse(server.parse()?, clients.parse()?, workers.parse()?).await;
        }
        _ => {}
    }
    let (mut clients, mut workers, mut rounds) = (5_000, 4, 5);
    for option in arguments.chunks(2) {
        match option {
            [name, value] if name == "--clients" => clients = value.parse()?,
            [name, value] if name == "--workers" => workers = value.parse()?,
            [name, value] if name == "--rounds" => rounds = value.parse()?,
            _ => return Err("resume_abuse [--clients NUMBER] [--workers NUMBER] [--rounds NUMBER]".into()),
        }
    }
    measure(clients, workers, rounds).await
}

async fn serve() -> Outcome {
    let options = Options::default().allow_stateful_reconnects(true).process_outbox_bytes(BUDGET);
    let hubs = HubServer::builder().options(options).hub(KeptHub).build()?;
    let most = Arc::<AtomicUsize>::default();
    let (watched, seen, held) = (hubs.clone(), most.clone(), hubs.clone());
    tokio::spawn(async move {
        loop {
            seen.fetch_max(watched.stats().queued_bytes, Ordering::Relaxed);
            sleep(Duration::from_millis(1)).await;
        }
    });
    let stats = move || async move {
        let stats = held.stats();
        Json(Held {
            connections: stats.connections,
            queued_bytes: stats.queued_bytes,
            most_queued: most.load(Ordering::Relaxed),
        })
    };
    let app = Router::new().route_hub::<KeptHub>("/kept", &hubs).layer(middleware::from_fn(authenticate));
    let app = app.route("/stats", get(stats));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?);
    hub_axum::serve(listener, app, std::future::pending()).await?;
    Ok(())
}

/// The user is what the query says.
async fn authenticate(mut request: Request, next: Next) -> axum::response::Response {
    let query = request.uri().query().unwrap_or_default();
    let user = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "user");
    if let Some(user) = user.and_then(|(_, id)| User::new(&*id).ok()) {
        request.extensions_mut().insert(user);
    }
    next.run(request).await
}

/// Calls at its pace, each client at a moment of its own, and notes how long each answer took, in microseconds.
async fn honest(mut client: Core, first: Duration, latencies: Arc<Mutex<Vec<u64>>>) {
    let mut tick = interval_at(tokio::time::Instant::now() + first, EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tick.tick().await;
        let begun = Instant::now();
        client.assert_alive().await;
        latencies.lock().push(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
}

/// What a virtual machine's host gives to others, since a moment: a stall of it is none of the server.
struct Stolen {
    stolen: f64,
    total: f64,
}

impl Stolen {
    fn begin() -> Outcome<Self> {
        let text = std::fs::read_to_string("/proc/stat")?;
        let first = text.lines().next().unwrap_or_default().split_whitespace().skip(1);
        let times = first.map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        Ok(Self { stolen: times.get(7).copied().unwrap_or(0.0), total: times.iter().take(8).sum() })
    }

    fn percent(&self) -> Outcome<f64> {
        let now = Self::begin()?;
        Ok((now.stolen - self.stolen) * 100.0 / (now.total - self.total).max(1.0))
    }
}

/// How long the answers of a round took, in order.
async fn round(latencies: &Mutex<Vec<u64>>) -> Vec<u64> {
    latencies.lock().clear();
    sleep(ROUND).await;
    let mut latencies = std::mem::take(&mut *latencies.lock());
    latencies.sort_unstable();
    latencies
}

fn percentile(sorted: &[u64], percent: usize) -> f64 {
    sorted.get(sorted.len() * percent / 100).map_or(f64::NAN, |micros| *micros as f64)
}

async fn measure(clients: usize, workers: usize, rounds: usize) -> Outcome {
    let server = Server::start(&["--serve"]).await?;
    let address = server.address();
    let latencies = Arc::<Mutex<Vec<u64>>>::default();
    let mut callers = Vec::new();
    for at in 0..HONEST {
        let peer = Peer::new(address, "/kept").with_query(&format!("&user=ann{at}"));
        let client = Core::connect(&peer, Encoding::ALL[at % 2]).await;
        callers.push(tokio::spawn(honest(client, EVERY * at as u32 / HONEST as u32, latencies.clone())));
    }
    let quiet = round(&latencies).await;
    println!("before any of it: p50 {:.0} µs, p99 {:.0} µs", percentile(&quiet, 50), percentile(&quiet, 99));

    let begun = Instant::now();
    let mut abusers = Abusers::start(address, clients, workers).await?;
    let held = async || -> Outcome<Held> { Ok(serde_json::from_slice(&server.ask("/stats").await?)?) };
    println!(
        "{clients} clients that acknowledge nothing after {:.1} s: {:?}",
        begun.elapsed().as_secs_f64(),
        held().await?
    );

    let (mut peace, mut war, mut counted) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds * MOST_TRIES {
        abusers.tell("peace").await?;
        sleep(Duration::from_secs(1)).await;
        let stolen = Stolen::begin()?;
        let alone = round(&latencies).await;
        abusers.tell("war").await?;
        sleep(Duration::from_millis(500)).await;
        let abused = round(&latencies).await;
        let stolen = stolen.percent()?;
        println!(
            "p50 {:.0} and {:.0} µs, p99 {:.0} and {:.0} µs; {stolen:.1} % of the time was stolen{}",
            percentile(&alone, 50),
            percentile(&abused, 50),
            percentile(&alone, 99),
            percentile(&abused, 99),
            if stolen > MOST_STOLEN { ", which counts for nothing" } else { "" }
        );
        if stolen <= MOST_STOLEN {
            peace.extend(alone);
            war.extend(abused);
            counted += 1;
        }
        if counted == rounds {
            break;
        }
    }
    if counted < rounds {
        return Err("the machine was not ours for long enough".into());
    }
    peace.sort_unstable();
    war.sort_unstable();
    abusers.tell("peace").await?;
    let held = held().await?;
    let tally = abusers.end().await?;
    for caller in &callers {
        assert!(!caller.is_finished(), "an honest client was lost");
    }
    println!("{tally:#?}");
    let (alone, abused) = (percentile(&peace, 99), percentile(&war, 99));
    let ratio = abused / alone;
    println!(
        "p99 of {HONEST} honest clients over {rounds} rounds {alone:.0} µs in peace and {abused:.0} µs: {ratio:.2} times (target: at most 2); at \
         most {:.2} MiB kept and queued of {} MiB",
        held.most_queued as f64 / (1 << 20) as f64,
        BUDGET >> 20
    );
    let others: usize =
        ["another user: let in", "two at once: none closed"].iter().filter_map(|what| tally.get(*what)).sum();
    if ratio > 2.0 || held.most_queued > BUDGET + OVERSHOOT || others > 0 {
        return Err("a target was missed".into());
    }
    Ok(())
}
