//! Clients that acknowledge nothing and come back with their connections all the time, as a process of their own.
//!
//! It is a nice one: elsewhere they would have other processors than the server and the honest clients, and here those should wait for the
//! server alone. In peace it keeps the processors as busy without the server, so that what war costs is the server's part and not the machine's.

use std::{collections::BTreeMap, net::SocketAddr, process::Stdio, sync::Arc, time::Duration};

use hostile::{
    core::{Peer, RS, Reservation, encode},
    websocket::{BINARY, Frame, TEXT, WebSocket, frame},
};
use hub_core::protocol::Encoding;
use parking_lot::Mutex;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::watch,
    time::timeout,
};

use crate::process::Outcome;

/// How many messages the hub method `keep` of `/kept` says to its caller, and how long each is.
pub const KEPT_MESSAGES: usize = 90;
/// Bytes of each.
pub const KEPT_BYTES: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of what was tried, each by its name.
pub type Counts = BTreeMap<String, usize>;

#[derive(Default)]
struct Tally(Mutex<Counts>);

impl Tally {
    fn note(&self, what: impl Into<String>) {
        *self.0.lock().entry(what.into()).or_default() += 1;
    }
}

/// A client that acknowledges nothing.
struct Hoarder {
    peer: Peer,
    reservation: Reservation,
    socket: WebSocket,
}

impl Hoarder {
    /// Connects, and has the server keep what it may for one connection.
    async fn begin(server: SocketAddr, number: usize) -> Self {
        let peer = Peer::new(server, "/kept").with_query(&format!("&user=eve{number}"));
        let encoding = Encoding::ALL[number % 2];
        let reservation = peer.negotiate_with("negotiateVersion=1&useStatefulReconnect=true").await;
        let mut socket = reservation.web_socket().await.expect("a new connection is let in");
        socket.send(&format!("{{\"protocol\":\"{}\",\"version\":2}}{RS}", encoding.protocol())).await;
        let call = encode(encoding, &json!({ "type": 1, "target": "keep", "arguments": [] }));
        let opcode = if encoding.is_binary() { BINARY } else { TEXT };
        socket.write(&frame(opcode, true, &call)).await;
        let mut client = Self { peer, reservation, socket };
        client.read(KEPT_MESSAGES * KEPT_BYTES).await;
        client
    }

    /// Reads so many bytes, or to the end.
    async fn read(&mut self, bytes: usize) {
        let mut came = 0;
        while came < bytes {
            match timeout(PATIENCE, self.socket.receive()).await {
                Ok(Frame::Text(text)) => came += text.len(),
                Ok(Frame::Binary(payload)) => came += payload.len(),
                _ => return,
            }
        }
    }

    /// Comes back in one of the ways. False if the connection is no more.
    async fn abuse(&mut self, turn: usize, tally: &Tally) -> bool {
        match turn % 10 {
            0 => {
                let other = self.peer.with_query("&user=mallory");
                match self.reservation.by(&other).web_socket().await {
                    Ok(_) => tally.note("another user: let in"),
                    Err(reply) => {
                        tally.note(format!("another user: {}", reply.status));
                        return reply.status == 403;
                    }
                }
                true
            }
            1 => {
                let (one, other) = tokio::join!(self.reservation.web_socket(), self.reservation.web_socket());
                match (one, other) {
                    (Ok(one), Ok(other)) => self.keep_one(one, other, tally).await,
                    (Err(reply), _) | (_, Err(reply)) => {
                        tally.note(format!("two at once: {}", reply.status));
                        return reply.status == 429;
                    }
                }
                true
            }
            way => match self.reservation.web_socket().await {
                Ok(socket) => {
                    self.socket = socket;
                    tally.note("a return: let in");
                    if way % 2 == 0 {
                        self.read(KEPT_MESSAGES * KEPT_BYTES).await;
                    }
                    true
                }
                Err(reply) => {
                    tally.note(format!("a return: {}", reply.status));
                    reply.status == 429
                }
            },
        }
    }

    /// Of two sockets one is closed, and the other is the connection's.
    async fn keep_one(&mut self, mut one: WebSocket, mut other: WebSocket, tally: &Tally) {
        async fn closed(socket: &mut WebSocket) -> Frame {
            loop {
                match socket.receive().await {
                    Frame::Text(_) | Frame::Binary(_) => {}
                    end => return end,
                }
            }
        }
        let told = timeout(PATIENCE, async {
            tokio::select! {
                end = closed(&mut one) => (end, true),
                end = closed(&mut other) => (end, false),
            }
        });
        match told.await {
            Ok((Frame::Close(Some(1000)), is_one)) => {
                tally.note("two at once: one closed");
                self.socket = if is_one { other } else { one };
            }
            // Who gives way at that moment is cut.
            Ok((end, _)) => tally.note(format!("two at once: {end:?}")),
            Err(_) => tally.note("two at once: none closed"),
        }
    }
}

/// Comes back with one connection after the other, while that is asked for.
async fn work(
    mut hoarders: Vec<(usize, Hoarder)>,
    server: SocketAddr,
    mut at_war: watch::Receiver<bool>,
    tally: Arc<Tally>,
) {
    let mut turn = 0;
    loop {
        for (number, hoarder) in &mut hoarders {
            if at_war.wait_for(|at_war| *at_war).await.is_err() {
                return;
            }
            turn += 1;
            if !hoarder.abuse(turn, &tally).await {
                tally.note("began anew");
                *hoarder = Hoarder::begin(server, *number).await;
            }
        }
    }
}

/// The process of those who acknowledge nothing: says "ready" when all are connected, is told "war" and "peace", and at the end of its input
/// says what became of what it tried.
///
/// # Errors
///
/// Those of its input and of its work.
pub async fn abuse(server: SocketAddr, clients: usize, workers: usize) -> Outcome {
    let (gate, at_war) = watch::channel(false);
    let tally = Arc::<Tally>::default();
    let mut beginning = Vec::new();
    for worker in 0..workers {
        beginning.push(tokio::spawn(async move {
            let mut hoarders = Vec::new();
            for number in (worker..clients).step_by(workers) {
                hoarders.push((number, Hoarder::begin(server, number).await));
            }
            hoarders
        }));
    }
    let mut working = Vec::new();
    for begun in beginning {
        working.push(tokio::spawn(work(begun.await?, server, at_war.clone(), tally.clone())));
    }
    // One that does nothing but come back.
    let single = Hoarder::begin(server, clients).await;
    working.push(tokio::spawn(work(vec![(clients, single)], server, at_war, tally.clone())));
    for _ in 0..std::thread::available_parallelism()?.get() {
        let at_war = gate.subscribe();
        std::thread::spawn(move || {
            loop {
                if *at_war.borrow() {
                    std::thread::sleep(Duration::from_millis(10));
                } else {
                    (0..10_000).for_each(|_| std::hint::spin_loop());
                }
            }
        });
    }
    println!("ready");
    let mut told = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = told.next_line().await? {
        gate.send_replace(line == "war");
    }
    for worker in &working {
        assert!(!worker.is_finished(), "a worker has given up");
    }
    println!("{}", serde_json::to_string(&*tally.0.lock())?);
    // Their work is not to be waited for.
    std::process::exit(0)
}

/// That process, seen from here.
#[derive(Debug)]
pub struct Abusers {
    child: Child,
    orders: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl Abusers {
    /// Starts it, and waits until all of its clients are connected.
    ///
    /// # Errors
    ///
    /// If it does not begin.
    pub async fn start(server: SocketAddr, clients: usize, workers: usize) -> Outcome<Self> {
        let mut child = Command::new("nice")
            .args(["-n", "19"])
            .arg(std::env::current_exe()?)
            .args(["--abuse", &server.to_string(), &clients.to_string(), &workers.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let orders = child.stdin.take().ok_or("the abusers cannot be told anything")?;
        let output = child.stdout.take().ok_or("the abusers have no output")?;
        let mut abusers = Self { child, orders, said: BufReader::new(output).lines() };
        abusers.said.next_line().await?.ok_or("the abusers did not begin")?;
        Ok(abusers)
    }

    /// "war" or "peace".
    ///
    /// # Errors
    ///
    /// If it has ended.
    pub async fn tell(&mut self, order: &str) -> Outcome {
        Ok(self.orders.write_all(format!("{order}\n").as_bytes()).await?)
    }

    /// Ends them, and gives what became of what they tried.
    ///
    /// # Errors
    ///
    /// If it has ended by itself.
    pub async fn end(self) -> Outcome<Counts> {
        let Self { mut child, orders, mut said } = self;
        drop(orders);
        let counts = said.next_line().await?.ok_or("the abusers have given up")?;
        child.wait().await?;
        Ok(serde_json::from_str(&counts)?)
    }
}
