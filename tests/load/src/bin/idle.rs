//! What an idle WebSocket connection costs the server, before and after it has received messages: `idle [--connections 10000]
//! [--batch 20]`. A batch is what is sent before anybody is waited for.
//!
//! The server is this program once more, as a process of its own, so that its memory is its alone.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Json, Router, extract::Query, routing::get};
use hub_axum::HubRouterExt as _;
use hub_core::{HubServer, SigningKeys};
use load::{
    client::{Client, Transport},
    process::{Outcome, Server},
    rooms::Rooms,
    wire::{Link, Wire},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::{net::TcpListener, sync::Notify};

/// Connections before the first measurement: they pay for what is made once.
const WARM_UP: usize = 50;
/// Connections that are opened at the same time.
const OPENERS: usize = 16;
const MESSAGES: u64 = 1_000;
const TEXT_BYTES: usize = 64;
const TARGET_KIB: f64 = 10.0 * 1_000.0 / 1_024.0;

/// Counts what is allocated: what the process holds beyond that is its allocator's.
#[global_allocator]
static ALLOCATOR: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments == ["--serve"] {
        return serve().await;
    }
    // An outbox takes 1,000 messages.
    let (mut connections, mut batch) = (10_000, 20);
    for option in arguments.chunks(2) {
        match option {
            [name, number] if name == "--connections" => connections = number.parse()?,
            [name, number] if name == "--batch" => batch = number.parse()?,
            _ => return Err("idle [--connections NUMBER] [--batch NUMBER]".into()),
        }
    }
    measure(connections, batch).await
}

/// What the server holds, as it says itself.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Held {
    connections: usize,
    log_entries: usize,
    log_bytes: usize,
    queued_bytes: usize,
    allocated_bytes: usize,
}

#[derive(Deserialize)]
struct Push {
    count: u64,
}

async fn serve() -> Outcome {
    let hubs = HubServer::builder().signing_keys(SigningKeys::generate()?).hub(Rooms::default()).build()?;
    let (pushed, held) = (hubs.clone(), hubs.clone());
    let push = move |Query(push): Query<Push>| async move {
        let text = "x".repeat(TEXT_BYTES);
        let group = pushed.hub::<Rooms>().clients().group("all");
        for _ in 0..push.count {
            if let Err(error) = group.note("server", &text).await {
                return error.to_string();
            }
        }
        String::new()
    };
    let stats = move || async move {
        let stats = held.stats();
        Json(Held {
            connections: stats.connections,
            log_entries: stats.log_entries,
            log_bytes: stats.log_bytes,
            queued_bytes: stats.queued_bytes,
            allocated_bytes: ALLOCATOR.current_usage(),
        })
    };
    let app = Router::new().route("/push", get(push)).route("/stats", get(stats)).route_classic("/signalr", &hubs);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?);
    hub_axum::serve(listener, app, std::future::pending()).await?;
    Ok(())
}

async fn stats(server: &Server) -> Outcome<Held> {
    Ok(serde_json::from_slice(&server.ask("/stats").await?)?)
}

/// Messages that all clients together have received.
#[derive(Default)]
struct Received {
    count: AtomicU64,
    lost: AtomicU64,
    goal: AtomicU64,
    reached: Notify,
}

impl Received {
    fn add(&self, count: u64) {
        if self.count.fetch_add(count, Ordering::SeqCst) + count >= self.goal.load(Ordering::SeqCst) {
            self.reached.notify_one();
        }
    }

    async fn wait_for(&self, goal: u64) -> Outcome {
        self.goal.store(goal, Ordering::SeqCst);
        while self.count.load(Ordering::SeqCst) < goal {
            if self.lost.load(Ordering::SeqCst) > 0 {
                return Err("a connection was lost".into());
            }
            self.reached.notified().await;
        }
        Ok(())
    }
}

async fn measure(connections: usize, batch: u64) -> Outcome {
    let server = Server::start(&["--serve"]).await?;
    let mut wires = open(server.address(), 0, WARM_UP).await?;
    let empty = server.bytes()?;
    let empty_allocated = stats(&server).await?.allocated_bytes as f64;
    let begun = Instant::now();
    let mut opening = Vec::new();
    for opener in 0..OPENERS {
        let share = connections / OPENERS + usize::from(opener < connections % OPENERS);
        opening.push(tokio::spawn(open(server.address(), opener, share)));
    }
    for opened in opening {
        wires.extend(opened.await??);
    }
    let took = begun.elapsed();
    let held = stats(&server).await?;
    assert_eq!(held.connections, connections + WARM_UP, "all are there, none twice");
    let per_connection = |bytes: f64| bytes / 1_024.0 / connections as f64;
    let allocated = |held: Held| per_connection(held.allocated_bytes as f64 - empty_allocated - held.log_bytes as f64);
    let idle = per_connection(server.bytes()? - empty - held.log_bytes as f64);
    let idle_allocated = allocated(held);
    println!("connections                              {connections}, opened in {:.1} s", took.as_secs_f64());
    println!("server memory per idle connection        {idle:.2} KiB (target: below {TARGET_KIB:.2})");

    println!("of that allocated                        {idle_allocated:.2} KiB");

    let received = Arc::new(Received::default());
    let total = wires.len() as u64;
    for wire in wires {
        tokio::spawn(read(wire, received.clone()));
    }
    let (begun, busy) = (Instant::now(), server.busy()?);
    let mut sent = 0;
    while sent < MESSAGES {
        let count = batch.clamp(1, MESSAGES - sent);
        sent += count;
        let failed = server.ask(&format!("/push?count={count}")).await?;
        if !failed.is_empty() {
            return Err(String::from_utf8_lossy(&failed).into());
        }
        tokio::time::timeout(Duration::from_secs(60), received.wait_for(sent * total)).await??;
    }
    let busy = server.busy()? - busy;
    let held = stats(&server).await?;
    let whole = per_connection(server.bytes()? - empty);
    let ring = per_connection(held.log_bytes as f64);
    let after = whole - ring;
    println!(
        "{MESSAGES} messages of {TEXT_BYTES} bytes to each     {:.1} s, {:.2} µs of the server's processor time for each, {} \
         connections, {} bytes queued",
        begun.elapsed().as_secs_f64(),
        busy.as_secs_f64() * 1e6 / (total * MESSAGES) as f64,
        held.connections,
        held.queued_bytes
    );
    println!(
        "server memory per connection now         {whole:.2} KiB, of which {ring:.2} are the replay ring's \
         ({} messages, {} KiB)",
        held.log_entries,
        held.log_bytes / 1_024
    );
    println!(
        "without the ring                         {after:.2} KiB, {:+.1} % (target: at most +20 %)",
        (after / idle - 1.0) * 100.0
    );
    println!("of that allocated                        {:.2} KiB", allocated(held));
    if idle >= TARGET_KIB || after > idle * 1.2 {
        return Err("a target was missed".into());
    }
    Ok(())
}

/// Opens connections, one after the other, and joins each to the group.
async fn open(server: SocketAddr, opener: usize, count: usize) -> io::Result<Vec<Wire>> {
    let mut side = Wire::connect(server.into()).await?;
    let mut wires = Vec::with_capacity(count);
    for _ in 0..count {
        let from = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2 + (opener % 8) as u8));
        let link = Link { to: server, from: Some(from), receive_buffer: None };
        let mut client = Client::connect_beside(link, Transport::WebSockets, &mut side).await?;
        client.call("join", json!(["all"])).await?;
        client.groups_token().await?;
        wires.push(client.into_wire());
    }
    Ok(wires)
}

/// Counts messages and throws them away.
async fn read(mut wire: Wire, received: Arc<Received>) {
    const MARK: &[u8] = br#""M":"note""#;
    while let Ok(payload) = wire.text().await {
        let count = payload.windows(MARK.len()).filter(|window| *window == MARK).count();
        if count > 0 {
            received.add(count as u64);
        }
    }
    received.lost.fetch_add(1, Ordering::SeqCst);
    received.reached.notify_one();
}
