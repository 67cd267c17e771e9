//! Sockets that are opened and say nothing, too little or too much, and negotiations that nobody follows up (R29): `handshake_flood
//! [--sockets 5000] [--reservations 150000]`; about half a minute. The short form is in `tests/hostile`.
//!
//! A good client connects again and again meanwhile. The server is this program once more, with the times and limits it has by itself.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Json, Router, routing::get};
use hostile::{
    core::{Core, Peer},
    websocket::{Frame, TEXT, WebSocket, frame},
};
use hub_axum::HubRouterExt as _;
use hub_core::{HubServer, hub, protocol::Encoding};
use load::{
    process::{Outcome, Server},
    wire::Wire,
};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{interval, sleep, timeout},
};

const PATIENCE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
/// Sockets that are opened at the same time.
const OPENERS: usize = 16;
const NEGOTIATORS: usize = 4;
/// How long a good client may take from its negotiation to its first answer.
const GOOD: Duration = SECOND;
/// What the head of a request has, and what a handshake has.
const HEAD_SECONDS: f64 = 10.0;
const HANDSHAKE_SECONDS: f64 = 15.0;

#[global_allocator]
static ALLOCATOR: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

#[hub(name = "echo")]
struct Echo;

#[hub]
impl Echo {
    #[hub_method]
    fn echo(&self, text: String) -> String {
        text
    }
}

/// What the server says of itself.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Held {
    connections: usize,
    allocated_bytes: usize,
}

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments == ["--serve"] {
        return serve().await;
    }
    // More than a server has places for connections.
    let (mut sockets, mut reservations) = (5_000, 150_000);
    for option in arguments.chunks(2) {
        match option {
            [name, value] if name == "--sockets" => sockets = value.parse()?,
            [name, value] if name == "--reservations" => reservations = value.parse()?,
            _ => return Err("handshake_flood [--sockets NUMBER] [--reservations NUMBER]".into()),
        }
    }
    measure(sockets, reservations).await
}

async fn serve() -> Outcome {
    let hubs = HubServer::builder().hub(Echo).build()?;
    let held = hubs.clone();
    let stats = move || async move {
        Json(Held { connections: held.stats().connections, allocated_bytes: ALLOCATOR.current_usage() })
    };
    let app = Router::new().route("/stats", get(stats)).route_hub::<Echo>("/echo", &hubs);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?);
    hub_axum::serve(listener, app, std::future::pending()).await?;
    Ok(())
}

/// What a socket does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Silent,
    HeadTrickles,
    LongHead,
    SilentWebSocket,
    HandshakeTrickles,
    LongHandshake,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Silent,
        Self::HeadTrickles,
        Self::LongHead,
        Self::SilentWebSocket,
        Self::HandshakeTrickles,
        Self::LongHandshake,
    ];

    /// When it is to be closed, in seconds; 0 is at once.
    fn ends_after(self) -> f64 {
        match self {
            Self::Silent | Self::HeadTrickles => HEAD_SECONDS,
            Self::SilentWebSocket | Self::HandshakeTrickles => HANDSHAKE_SECONDS,
            Self::LongHead | Self::LongHandshake => 0.0,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Silent => "a socket that sends nothing",
            Self::HeadTrickles => "the head of a request, a byte a second",
            Self::LongHead => "a head of 64 KB",
            Self::SilentWebSocket => "a WebSocket that sends nothing",
            Self::HandshakeTrickles => "a handshake, a byte a second",
            Self::LongHandshake => "a handshake of 64 KB",
        }
    }
}

/// The place of a socket among those that are being opened.
struct Opening {
    _place: OwnedSemaphorePermit,
    opened: Arc<AtomicUsize>,
}

impl Opening {
    fn done(self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
    }
}

/// Opens a socket of this kind. Gives how long it lived from then on, and the last that it was told.
async fn one(server: SocketAddr, kind: Kind, opening: Opening) -> Outcome<(f64, String)> {
    if matches!(kind, Kind::Silent | Kind::HeadTrickles | Kind::LongHead) {
        let mut socket = TcpStream::connect(server).await?;
        let begun = Instant::now();
        opening.done();
        if kind == Kind::LongHead {
            let head = format!("GET /echo HTTP/1.1\r\nX-Long: {}", "x".repeat(65_536));
            // It is refused before all of it is sent.
            let _ = socket.write_all(head.as_bytes()).await;
        }
        let (mut reading, mut writing) = socket.into_split();
        let trickle = async {
            let mut tick = interval(SECOND);
            loop {
                tick.tick().await;
                if kind == Kind::HeadTrickles && writing.write_all(b"G").await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let mut said = Vec::new();
        tokio::select! {
            // A cut is an end as well.
            _ = reading.read_to_end(&mut said) => {}
            () = trickle => {}
        }
        return Ok((
            begun.elapsed().as_secs_f64(),
            String::from_utf8_lossy(&said).lines().next().unwrap_or_default().to_owned(),
        ));
    }
    let socket =
        WebSocket::connect(server, "/echo", &[]).await.map_err(|reply| format!("refused with {}", reply.status))?;
    let begun = Instant::now();
    opening.done();
    let (mut reading, mut writing) = tokio::io::split(socket.into_stream());
    if kind == Kind::LongHandshake {
        let _ = writing.write_all(&frame(TEXT, true, "x".repeat(65_000).as_bytes())).await;
    }
    let trickle = async {
        let mut tick = interval(SECOND);
        loop {
            tick.tick().await;
            if kind == Kind::HandshakeTrickles && writing.write_all(&frame(TEXT, true, b"{")).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let mut said = Vec::new();
    let ends = async {
        // A text, and a close frame.
        while !said.ends_with(&[0x88, 2, 0x03, 0xe8]) && reading.read_buf(&mut said).await.is_ok_and(|read| read > 0) {}
    };
    tokio::select! {
        () = ends => {}
        () = trickle => {}
    }
    let text = said.get(2..said.len().saturating_sub(5)).unwrap_or_default();
    Ok((begun.elapsed().as_secs_f64(), String::from_utf8_lossy(text).into_owned()))
}

/// Negotiates so many times, and does nothing with the answers.
async fn negotiate(server: SocketAddr, count: usize) -> Outcome {
    let mut wire = Wire::connect(server.into()).await?;
    for _ in 0..count {
        wire.ask("/echo/negotiate?negotiateVersion=1", Some("")).await?;
    }
    Ok(())
}

/// Connects and is answered, again and again. Gives how long each time took, in milliseconds.
async fn good_client(server: SocketAddr, goes_on: Arc<AtomicBool>) -> Vec<f64> {
    let peer = Peer::new(server, "/echo");
    let mut took = Vec::new();
    while goes_on.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let mut client = Core::connect(&peer, Encoding::ALL[took.len() % 2]).await;
        client.assert_alive().await;
        took.push(begun.elapsed().as_secs_f64() * 1e3);
        client.socket.write(&frame(8, true, &[])).await;
        assert!(matches!(client.socket.receive().await, Frame::Close(_) | Frame::Gone));
        sleep(Duration::from_millis(50)).await;
    }
    took.sort_unstable_by(f64::total_cmp);
    took
}

async fn held(server: &Server) -> Outcome<Held> {
    Ok(serde_json::from_slice(&server.ask("/stats").await?)?)
}

async fn measure(sockets: usize, reservations: usize) -> Outcome {
    let server = Server::start(&["--serve"]).await?;
    let address = server.address();
    let goes_on = Arc::new(AtomicBool::new(true));
    // One that connects before the flood: what is made once is made.
    negotiate(address, 1_000).await?;
    let before = held(&server).await?;
    let good = tokio::spawn(good_client(address, goes_on.clone()));
    let begun = Instant::now();
    let opened = Arc::<AtomicUsize>::default();
    let places = Arc::new(Semaphore::new(OPENERS));
    let mut flood = JoinSet::new();
    for at in 0..sockets {
        let kind = Kind::ALL[at % Kind::ALL.len()];
        let opening = Opening { _place: places.clone().acquire_owned().await?, opened: opened.clone() };
        flood.spawn(async move { (kind, timeout(PATIENCE, one(address, kind, opening)).await) });
    }
    let mut negotiating = JoinSet::new();
    for _ in 0..NEGOTIATORS {
        negotiating.spawn(negotiate(address, reservations / NEGOTIATORS));
    }
    while let Some(negotiated) = negotiating.join_next().await {
        negotiated??;
    }
    let negotiated = begun.elapsed();
    let full = held(&server).await?;
    println!(
        "{} sockets open and {reservations} negotiations done after {:.1} s; the server holds {} connections and {:.1} MiB more than before",
        opened.load(Ordering::Relaxed),
        negotiated.as_secs_f64(),
        full.connections,
        (full.allocated_bytes as f64 - before.allocated_bytes as f64) / (1 << 20) as f64
    );
    let mut ends: BTreeMap<Kind, (Vec<f64>, BTreeMap<String, usize>)> = BTreeMap::new();
    let mut failed = 0;
    while let Some(ended) = flood.join_next().await {
        match ended? {
            (kind, Ok(Ok((after, said)))) => {
                let (afters, saids) = ends.entry(kind).or_default();
                afters.push(after);
                *saids.entry(said).or_default() += 1;
            }
            (kind, other) => {
                failed += 1;
                println!("{}: {other:?}", kind.name());
            }
        }
    }
    let mut missed = failed > 0;
    for (kind, (mut afters, saids)) in ends {
        afters.sort_unstable_by(f64::total_cmp);
        let (first, last) = (afters[0], afters[afters.len() - 1]);
        let target = kind.ends_after();
        // What is closed at once has as long as the machine is busy.
        let holds = if target > 0.0 { first >= target - 1.0 && last <= target + 1.0 } else { last < 5.0 };
        missed |= !holds;
        println!(
            "{:5} × {:40} closed after {first:.2} to {last:.2} s (target {target:.0} ± 1): {saids:?}",
            afters.len(),
            kind.name()
        );
    }
    // The last reservations end as well.
    sleep(17 * SECOND).await;
    goes_on.store(false, Ordering::Relaxed);
    let good = good.await?;
    let slowest = good.last().copied().unwrap_or(f64::NAN);
    println!(
        "{} times a good client: p50 {:.1} ms, at most {slowest:.1} ms (target: below {} ms)",
        good.len(),
        good[good.len() / 2],
        GOOD.as_millis()
    );
    let after = held(&server).await?;
    println!(
        "afterwards {} connections and {:.1} MiB more than before",
        after.connections,
        (after.allocated_bytes as f64 - before.allocated_bytes as f64) / (1 << 20) as f64
    );
    if missed || slowest >= GOOD.as_secs_f64() * 1e3 || after.connections > 0 {
        return Err("a target was missed".into());
    }
    Ok(())
}
