//! What a thousand readers that have stopped cost the others (R22): `slow_readers [--policy drop_oldest|wait|disconnect]
//! [--stopped 1000] [--rounds 5]`.
//!
//! A hundred healthy readers get a message every ten milliseconds, in turns with the stopped ones in the room and without
//! them; the ratio of each two rounds that stand side by side is what counts, as the machine may be busy with other things.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{Router, extract::Query, routing::get};
use hub_axum::{HubRouterExt as _, ServeOptions};
use hub_core::{HubServer, Options, SigningKeys, SlowClientPolicy};
use load::{
    client::{Client, Transport},
    process::{Outcome, Server},
    rooms::Rooms,
    wire::{Link, Wire},
};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use tokio::{
    net::TcpSocket,
    sync::watch,
    time::{MissedTickBehavior, interval, timeout},
};

const HEALTHY: usize = 100;
const MESSAGES: usize = 300;
const OUTBOX_MESSAGES: usize = 100;
const EVERY: Duration = Duration::from_millis(10);
const TEXT_BYTES: usize = 2_048;
/// Kernel buffers, on both sides: what a stopped reader takes before it is felt.
const SOCKET_BYTES: u32 = 8 * 1024;
/// So long that no transport counts as lost because of a reader that has stopped.
const NEVER: Duration = Duration::from_secs(600);
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, policy] = &arguments[..]
        && serve == "--serve"
    {
        return self::serve(policy).await;
    }
    let (mut policy, mut stopped, mut rounds) = ("drop_oldest", 1_000, 5);
    for option in arguments.chunks(2) {
        match option {
            [name, value] if name == "--policy" => policy = value,
            [name, value] if name == "--stopped" => stopped = value.parse()?,
            [name, value] if name == "--rounds" => rounds = value.parse()?,
            _ => return Err("slow_readers [--policy NAME] [--stopped NUMBER] [--rounds NUMBER]".into()),
        }
    }
    measure(policy, stopped, rounds).await
}

#[derive(Deserialize)]
struct Push {
    room: String,
    count: usize,
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or_default()
}

async fn serve(policy: &str) -> Outcome {
    let policy = match policy {
        "drop_oldest" => SlowClientPolicy::DropOldest,
        "wait" => SlowClientPolicy::Wait,
        "disconnect" => SlowClientPolicy::Disconnect,
        _ => return Err("no such policy".into()),
    };
    let options = Options::default()
        .slow_clients(policy)
        .outbox_messages(OUTBOX_MESSAGES)
        .outbox_bytes(256 * 1024)
        .send_timeout(NEVER);
    let hubs =
        HubServer::builder().signing_keys(SigningKeys::generate()?).options(options).hub(Rooms::default()).build()?;
    let (pushed, held) = (hubs.clone(), hubs.clone());
    let push = move |Query(push): Query<Push>| async move {
        let text = "x".repeat(TEXT_BYTES);
        let group = pushed.hub::<Rooms>().clients().group(&push.room);
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for _ in 0..push.count {
            tick.tick().await;
            if let Err(error) = group.note(&now().to_string(), &text).await {
                return error.to_string();
            }
        }
        String::new()
    };
    let queued = move || async move { (held.stats().queued_bytes / 1_024).to_string() };
    let socket = TcpSocket::new_v4()?;
    // Connections inherit it.
    socket.set_send_buffer_size(SOCKET_BYTES)?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let listener = socket.listen(1_024)?;
    println!("{}", listener.local_addr()?);
    let app = Router::new().route("/push", get(push)).route("/queued", get(queued)).route_classic("/signalr", &hubs);
    let limits = ServeOptions::default().write_timeout(NEVER);
    hub_axum::serve_with(listener, app, std::future::pending(), limits).await?;
    Ok(())
}

/// How long messages took to the healthy readers, since it was last taken.
#[derive(Default)]
struct Latencies {
    of: Mutex<Vec<u64>>,
    count: watch::Sender<usize>,
}

impl Latencies {
    /// Waits for all messages of a round and gives the 50th and the 99th percentile, in microseconds.
    async fn take(&self) -> Outcome<(f64, f64)> {
        let all = HEALTHY * MESSAGES;
        timeout(PATIENCE, self.count.subscribe().wait_for(|count| *count >= all)).await??;
        self.count.send_replace(0);
        let mut latencies = std::mem::take(&mut *self.of.lock());
        latencies.sort_unstable();
        let at = |percent: usize| latencies.get(latencies.len() * percent / 100).map_or(0.0, |nanos| *nanos as f64);
        Ok((at(50) / 1e3, at(99) / 1e3))
    }
}

async fn measure(policy: &str, stopped: usize, rounds: usize) -> Outcome {
    let server = Server::start(&["--serve", policy]).await?;
    let latencies = Arc::<Latencies>::default();
    for wire in join(&server, HEALTHY, "healthy", None).await? {
        tokio::spawn(read(wire, latencies.clone()));
    }
    let mut unread = Vec::new();
    let (mut p50s, mut p99s, mut costs) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=rounds {
        if unread.is_empty() || policy == "disconnect" {
            unread = join(&server, stopped, "stopped", Some(SOCKET_BYTES)).await?;
            // A reader has stopped when its sockets are full. Disconnected it is in the round.
            let count = if policy == "disconnect" { OUTBOX_MESSAGES / 2 } else { 2 * OUTBOX_MESSAGES };
            ask_for(&server, "stopped", count).await?;
        }
        let (p50_alone, p99_alone, cost_alone) = push(&server, "healthy", &latencies).await?;
        let (p50, p99, cost) = push(&server, "all", &latencies).await?;
        println!(
            "round {round}: p50 {p50_alone:.0} and {p50:.0} µs, p99 {p99_alone:.0} and {p99:.0} µs, server {cost_alone:.0} \
             and {cost:.0} µs for a message; {} KiB queued",
            String::from_utf8_lossy(&server.ask("/queued").await?)
        );
        p50s.push(p50 / p50_alone);
        p99s.push(p99 / p99_alone);
        costs.push(cost - cost_alone);
    }
    println!(
        "{policy}, {stopped} stopped: p50 {:.2} times, p99 {:.2} times what it is without them (target: at most 2); \
         {:.0} µs more for a message (medians of {rounds} rounds)",
        median(p50s),
        median(p99s),
        median(costs)
    );
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Has the server send messages to a room.
async fn ask_for(server: &Server, room: &str, count: usize) -> Outcome {
    let failed = server.ask(&format!("/push?room={room}&count={count}")).await?;
    if failed.is_empty() { Ok(()) } else { Err(String::from_utf8_lossy(&failed).into()) }
}

/// A round: both percentiles, and the server's processor time for a message, in microseconds.
async fn push(server: &Server, room: &str, latencies: &Latencies) -> Outcome<(f64, f64, f64)> {
    let busy = server.busy()?;
    ask_for(server, room, MESSAGES).await?;
    let (p50, p99) = latencies.take().await?;
    Ok((p50, p99, (server.busy()? - busy).as_secs_f64() * 1e6 / MESSAGES as f64))
}

/// Opens connections that are in the room `all` and in one of their own.
async fn join(server: &Server, count: usize, own: &str, receive_buffer: Option<u32>) -> Outcome<Vec<Wire>> {
    let mut side = Wire::connect(server.address().into()).await?;
    let mut wires = Vec::with_capacity(count);
    for _ in 0..count {
        let link = Link { to: server.address(), from: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)), receive_buffer };
        let mut client = Client::connect_beside(link, Transport::WebSockets, &mut side).await?;
        client.call("join", json!(["all"])).await?;
        client.call("join", json!([own])).await?;
        wires.push(client.into_wire());
    }
    Ok(wires)
}

/// Reads on, and notes how long each message took by the time of its sending, which stands in it.
async fn read(mut wire: Wire, latencies: Arc<Latencies>) {
    const MARK: &[u8] = br#""M":"note","A":[""#;
    while let Ok(payload) = wire.text().await {
        let mut rest = &payload[..];
        while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
            rest = &rest[at + MARK.len()..];
            let digits: Vec<u8> = rest.iter().copied().take_while(u8::is_ascii_digit).collect();
            let sent = std::str::from_utf8(&digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0);
            latencies.of.lock().push(now().saturating_sub(sent));
            latencies.count.send_modify(|count| *count += 1);
        }
    }
}
