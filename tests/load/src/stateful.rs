//! Core clients whose links are cut, and who come back with their connection: each message both ways arrives once and in its order.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by panicking, its helpers included")]

use std::{
    collections::VecDeque,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::Router;
use bytes::Bytes;
use hostile::{
    core::{Peer, RS, Reservation, encode},
    websocket::{BINARY, TEXT, frame},
};
use hub_axum::HubRouterExt as _;
use hub_core::{
    Caller, Clients, ConnectionId, HubContext, HubResult, HubServer, Options, hub, hub_client,
    protocol::{
        Encoding,
        core::{FrameReader, Incoming},
    },
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader, ReadHalf, WriteHalf},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    time::{sleep, timeout},
};

use crate::{proxy::Proxy, random::Random};

/// Bytes that each side keeps for the other, as both have it by default.
pub const BUFFER_BYTES: usize = 100_000;
/// Bytes that wait for one client from which on a sender waits, as the server has it by default.
const WAIT_BYTES: usize = 65_536;

/// What is to be gone through.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Messages each way, for each client.
    pub messages: u32,
    /// Cuts of each client's link.
    pub cuts: usize,
    /// The longest of them.
    pub longest_cut: Duration,
    /// What the cuts follow from.
    pub seed: u64,
    /// How long all of it may take.
    pub patience: Duration,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// How long it took.
    pub took: Duration,
    /// How often the clients came back.
    pub returns: usize,
    /// The most bytes that the server had queued and kept at any moment.
    pub most_queued: usize,
    /// As many as it may.
    pub may_queue: usize,
}

#[hub_client]
trait Counting {
    fn said(&self, number: u32);
}

/// What one client has said.
struct Heard {
    by: ConnectionId,
    /// The number it is at.
    last: u32,
    /// The first number that did not follow the one before it, and that one.
    wrong: Option<(u32, u32)>,
}

/// Counts what clients say, and counts to them.
#[hub(name = "counters", client = Counting)]
struct Counters {
    heard: Arc<Mutex<Vec<Heard>>>,
    ended: watch::Sender<usize>,
}

#[hub]
impl Counters {
    #[hub_method]
    fn note(&self, caller: &Caller, number: u32) {
        let by = caller.connection_id();
        let mut heard = self.heard.lock();
        match heard.iter_mut().find(|heard| heard.by == by) {
            Some(heard) => {
                if number != heard.last + 1 {
                    // Nobody waits for an answer: it is seen at the end.
                    heard.wrong.get_or_insert((number, heard.last));
                }
                heard.last = number;
            }
            None => heard.push(Heard { by, last: number, wrong: (number != 1).then_some((number, 0)) }),
        }
    }

    /// Runs as long as the client speaks, so it takes no turn.
    #[hub_method(parallel)]
    async fn count(&self, clients: &Clients<Self>, to: u32) -> HubResult {
        for number in 1..=to {
            clients.caller().said(number).await?;
        }
        Ok(())
    }

    #[hub_method(disconnected)]
    fn gone(&self, cx: &HubContext<Self>) {
        let _ = cx;
        self.ended.send_modify(|ended| *ended += 1);
    }
}

/// Runs a client in each encoding at the same time, against a server of its own.
///
/// # Panics
///
/// If a message is lost, doubled or out of order, or the server keeps more than it may.
pub async fn run(run: Run) -> Outcome {
    let begun = Instant::now();
    let (heard, ended) = (Arc::<Mutex<Vec<Heard>>>::default(), watch::Sender::new(0));
    let options = Options::default()
        .detailed_errors(true)
        .allow_stateful_reconnects(true)
        .stateful_reconnect_buffer_size(BUFFER_BYTES);
    let hub = Counters { heard: heard.clone(), ended: ended.clone() };
    let hubs = HubServer::builder().options(options).hub(hub).build().unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route_hub::<Counters>("/counters", &hubs);
    tokio::spawn(hub_axum::serve(listener, app, std::future::pending()));

    let watched = hubs.clone();
    let watching = tokio::spawn(async move {
        let mut most = 0;
        loop {
            most = most.max(watched.stats().queued_bytes);
            if watched.stats().connections == 0 && most > 0 {
                return most;
            }
            sleep(Duration::from_millis(5)).await;
        }
    });
    let clients = Encoding::ALL.map(|encoding| {
        let seed = run.seed ^ u64::from(encoding.is_binary());
        tokio::spawn(one_client(address, encoding, Run { seed, ..run }))
    });
    let mut returns = 0;
    let whole = async {
        for client in clients {
            returns += client.await.unwrap();
        }
    };
    timeout(run.patience, whole).await.expect("everything arrives in time");
    let most_queued = timeout(run.patience, watching).await.expect("the clients leave").unwrap();
    for heard in &*heard.lock() {
        assert_eq!((heard.last, heard.wrong), (run.messages, None), "what the server heard of {}", heard.by);
    }
    assert_eq!((heard.lock().len(), *ended.borrow()), (2, 2), "connections that began and ended");
    // Kept, held behind it, waiting, and one message that may overshoot each.
    let may_queue = 2 * (BUFFER_BYTES + 2 * WAIT_BYTES + 1_024);
    assert!(most_queued <= may_queue, "{most_queued} bytes were queued, of {may_queue}");
    Outcome { took: begun.elapsed(), returns, most_queued, may_queue }
}

/// One client from its first message to the last one each way. Gives how often it came back.
async fn one_client(server: SocketAddr, encoding: Encoding, run: Run) -> usize {
    let proxy = Arc::new(Proxy::before(server).await.unwrap());
    let peer = Peer::new(proxy.address(), "/counters");
    let reservation = peer.negotiate_with("negotiateVersion=1&useStatefulReconnect=true").await;
    let client = Arc::new(Client {
        reservation,
        encoding,
        state: Mutex::new(State::default()),
        changed: Notify::new(),
        received: watch::Sender::new(0),
        sockets: watch::Sender::new(0),
        done: watch::Sender::new(false),
    });
    let mut living = tokio::spawn(client.clone().live());
    let speaking = async {
        let cutting = tokio::spawn(cut(proxy.clone(), client.clone(), run));
        let count = json!({ "type": 1, "invocationId": "all", "target": "count", "arguments": [run.messages] });
        client.send(&count).await;
        for number in 1..=run.messages {
            client.send(&json!({ "type": 1, "target": "note", "arguments": [number] })).await;
        }
        client.done.subscribe().wait_for(|done| *done).await.unwrap();
        assert_eq!(*client.received.borrow(), run.messages, "received by {encoding:?}");
        cutting.await.unwrap();
        client.until_acknowledged().await;
    };
    tokio::select! {
        () = speaking => {}
        // What it found wrong is seen at once.
        left = &mut living => panic!("the client left after {} returns", left.unwrap()),
    }
    client.finish();
    living.await.unwrap()
}

/// Cuts the link at random numbers of received messages.
async fn cut(proxy: Arc<Proxy>, client: Arc<Client>, run: Run) {
    let mut random = Random::new(run.seed);
    // From the first message on: before its handshake a connection cannot be resumed.
    let last = u64::from(run.messages) - 1;
    let mut moments: Vec<u64> = (0..run.cuts).map(|_| 1 + random.below(last)).collect();
    moments.sort_unstable();
    let (mut received, mut sockets) = (client.received.subscribe(), client.sockets.subscribe());
    for (cuts, moment) in moments.into_iter().enumerate() {
        received.wait_for(|received| u64::from(*received) >= moment).await.unwrap();
        // There is a link to cut, though the return on it may only have begun.
        sockets.wait_for(|sockets| *sockets > cuts).await.unwrap();
        sleep(Duration::from_micros(random.below(20_000))).await;
        let longest = u64::try_from(run.longest_cut.as_micros()).unwrap();
        proxy.cut(Duration::from_micros(1_000 + random.below(longest))).await;
    }
}

/// A client that counts as the specification has it (section 4.2).
struct Client {
    reservation: Reservation,
    encoding: Encoding,
    state: Mutex<State>,
    /// Told when there is something to write, or something was acknowledged.
    changed: Notify,
    /// The number that the server is at.
    received: watch::Sender<u32>,
    /// How many sockets there have been.
    sockets: watch::Sender<usize>,
    /// Whether the server has ended its count.
    done: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    /// Messages that were sent, acknowledged ones included.
    sent: u64,
    kept: VecDeque<Bytes>,
    kept_bytes: usize,
    acknowledged: u64,
    /// The number of the next message that the socket at hand is to be told.
    write_next: u64,
    /// The number that the next counted message of the server has, and the highest that came.
    next: u64,
    latest: u64,
    told: u64,
    finished: bool,
    /// Whether the server was told that the client goes.
    has_closed: bool,
}

impl State {
    /// Lets go of what was acknowledged. What the socket at hand has been promised by a Sequence goes out on it all the same.
    fn trim(&mut self) {
        loop {
            let first = self.sent - self.kept.len() as u64 + 1;
            if first > self.acknowledged || first >= self.write_next {
                return;
            }
            let Some(gone) = self.kept.pop_front() else { return };
            self.kept_bytes -= gone.len();
        }
    }
}

/// Why a socket is left.
enum Left {
    Lost,
    Finished,
}

impl Client {
    /// Sends when there is room for it.
    async fn send(&self, message: &Value) {
        let frame = encode(self.encoding, message);
        self.until(|state| state.kept_bytes <= BUFFER_BYTES).await;
        let mut state = self.state.lock();
        state.sent += 1;
        state.kept_bytes += frame.len();
        state.kept.push_back(frame);
        drop(state);
        self.changed.notify_waiters();
    }

    async fn until_acknowledged(&self) {
        self.until(|state| state.kept.is_empty()).await;
    }

    async fn until(&self, holds: impl Fn(&State) -> bool) {
        loop {
            let changed = self.changed.notified();
            if holds(&self.state.lock()) {
                return;
            }
            changed.await;
        }
    }

    fn finish(&self) {
        self.state.lock().finished = true;
        self.changed.notify_waiters();
    }

    /// From the first socket to the last.
    async fn live(self: Arc<Self>) -> usize {
        let mut returns = 0;
        self.state.lock().next = 1;
        loop {
            let Some(stream) = self.connect().await else {
                sleep(Duration::from_millis(10)).await;
                continue;
            };
            self.sockets.send_modify(|sockets| *sockets += 1);
            let is_first = returns == 0;
            let (reading, writing) = tokio::io::split(stream);
            let left = tokio::select! {
                left = self.read(reading, is_first) => left,
                left = self.write(writing, is_first) => left,
            };
            match left {
                Left::Finished => return returns,
                Left::Lost => returns += 1,
            }
        }
    }

    async fn connect(&self) -> Option<BufReader<TcpStream>> {
        // While the link is down there is nobody to answer, and that is no refusal.
        let opened = tokio::spawn({
            let reservation = self.reservation.clone();
            async move { reservation.web_socket().await }
        });
        match opened.await {
            Ok(Ok(socket)) => Some(socket.into_stream()),
            Ok(Err(reply)) if reply.status != 0 => panic!("refused with {}: {}", reply.status, reply.text()),
            _ => None,
        }
    }

    async fn write(&self, mut socket: WriteHalf<BufReader<TcpStream>>, is_first: bool) -> Left {
        let opcode = if self.encoding.is_binary() { BINARY } else { TEXT };
        let begins = if is_first {
            format!("{{\"protocol\":\"{}\",\"version\":2}}{RS}", self.encoding.protocol()).into()
        } else {
            let mut state = self.state.lock();
            state.write_next = u64::MAX;
            state.trim();
            let first = state.sent - state.kept.len() as u64 + 1;
            state.write_next = first;
            encode(self.encoding, &json!({ "type": 9, "sequenceId": first }))
        };
        if is_first {
            self.state.lock().write_next = 1;
        }
        if socket.write_all(&frame(opcode, true, &begins)).await.is_err() {
            return Left::Lost;
        }
        let mut acknowledging = tokio::time::interval(Duration::from_secs(1));
        loop {
            let changed = self.changed.notified();
            let (out, finished) = self.pending(opcode);
            if !out.is_empty() && socket.write_all(&out).await.is_err() {
                return Left::Lost;
            }
            if finished {
                let close = encode(self.encoding, &json!({ "type": 7 }));
                self.state.lock().has_closed = true;
                if socket.write_all(&frame(opcode, true, &close)).await.is_err() {
                    return Left::Lost;
                }
                // What would be thrown away with the socket is heard first: the server leaves.
                return std::future::pending().await;
            }
            tokio::select! {
                () = changed, if out.is_empty() => {}
                _ = acknowledging.tick() => {
                    let latest = {
                        let mut state = self.state.lock();
                        let more = state.latest > state.told;
                        state.told = state.latest;
                        more.then_some(state.latest)
                    };
                    if let Some(latest) = latest {
                        let ack = encode(self.encoding, &json!({ "type": 8, "sequenceId": latest }));
                        if socket.write_all(&frame(opcode, true, &ack)).await.is_err() {
                            return Left::Lost;
                        }
                    }
                }
                () = std::future::ready(()), if !out.is_empty() => {}
            }
        }
    }

    /// Some of what was sent and this socket has not been told, and whether that is all there will be.
    fn pending(&self, opcode: u8) -> (Vec<u8>, bool) {
        let mut state = self.state.lock();
        let gone = state.sent - state.kept.len() as u64;
        let skip = usize::try_from(state.write_next - gone - 1).unwrap();
        let mut out = Vec::new();
        let mut written = 0;
        for message in state.kept.iter().skip(skip).take(64) {
            out.extend(frame(opcode, true, message));
            written += 1;
        }
        state.write_next += written;
        let before = state.kept.len();
        state.trim();
        if state.kept.len() < before {
            self.changed.notify_waiters();
        }
        (out, state.finished && written == 0)
    }

    async fn read(&self, mut socket: ReadHalf<BufReader<TcpStream>>, is_first: bool) -> Left {
        let mut reader = FrameReader::new(None);
        let (mut is_shaking, mut is_told) = (is_first, is_first);
        loop {
            let Ok(bytes) = message(&mut socket).await else {
                return if self.state.lock().has_closed { Left::Finished } else { Left::Lost };
            };
            reader.push(bytes);
            if is_shaking {
                let Some(answer) = reader.next_frame().unwrap() else { continue };
                assert_eq!(answer, "{}");
                is_shaking = false;
            }
            reader.set_encoding(self.encoding);
            while let Some(frame) = reader.next_frame().unwrap() {
                let message = self.encoding.read(&frame).unwrap().unwrap();
                if !is_told {
                    let Incoming::Sequence { sequence_id } = message else {
                        panic!("what a client that comes back is told first is {message:?}");
                    };
                    let mut state = self.state.lock();
                    let number = u64::try_from(sequence_id).unwrap();
                    // It may be beyond what an earlier return, cut short, has told again: all of that was acknowledged meanwhile.
                    assert!((1..=state.latest + 1).contains(&number), "{number} behind {}", state.latest);
                    state.next = number;
                    // What it was told beyond that was lost on the way.
                    state.told = state.told.min(number - 1);
                    is_told = true;
                    continue;
                }
                self.take(message);
            }
        }
    }

    fn take(&self, message: Incoming<'_>) {
        if message.is_counted() {
            let mut state = self.state.lock();
            let number = state.next;
            state.next += 1;
            if number <= state.latest {
                return;
            }
            state.latest = number;
        }
        match message {
            Incoming::Invocation(call) => {
                let number: u32 = call.arguments.unwrap().iter().next().unwrap().read().unwrap();
                let before = *self.received.borrow();
                assert_eq!(number, before + 1, "lost, doubled or out of order");
                self.received.send_replace(number);
            }
            Incoming::Completion { id, .. } if id == "all" => {
                self.done.send_replace(true);
            }
            Incoming::Ack { sequence_id } => {
                let mut state = self.state.lock();
                let acknowledged = u64::try_from(sequence_id).unwrap();
                assert!(acknowledged <= state.sent);
                state.acknowledged = state.acknowledged.max(acknowledged);
                state.trim();
                drop(state);
                self.changed.notify_waiters();
            }
            Incoming::Ping => {}
            Incoming::Close { .. } if self.state.lock().has_closed => {}
            other => panic!("{other:?}"),
        }
    }
}

/// The payload of the next WebSocket message.
async fn message(socket: &mut ReadHalf<BufReader<TcpStream>>) -> io::Result<Bytes> {
    let opcode = socket.read_u8().await? & 0x0F;
    let length = match socket.read_u8().await? & 0x7F {
        126 => u64::from(socket.read_u16().await?),
        127 => socket.read_u64().await?,
        length => u64::from(length),
    };
    let mut payload = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    socket.read_exact(&mut payload).await?;
    if opcode == 8 { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(payload.into()) }
}
