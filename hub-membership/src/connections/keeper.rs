//! The one task of a server that keeps the table.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Weak},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use super::{ConnectionRow, ConnectionStore};
use crate::StoreError;

/// Rows of one write.
const AT_ONCE: usize = 256;
/// How long one step at the store may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The first pause after a failure.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Keeper {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn ConnectionStore>,
    lease: Duration,
    kept: Duration,
    max_rows: usize,
    state: Mutex<State>,
    changed: Notify,
    /// Up to which change everything is written.
    written: watch::Sender<u64>,
}

struct State {
    server: String,
    /// The connections that are here, and those that have ended and are not written yet.
    rows: HashMap<String, ConnectionRow>,
    /// Which of them are to be written.
    unwritten: HashSet<String>,
    changes: u64,
    is_closed: bool,
}

impl Keeper {
    pub(super) fn start(store: Arc<dyn ConnectionStore>, lease: Duration, kept: Duration, max_rows: usize) -> Self {
        let state =
            State { server: new_id(), rows: HashMap::new(), unwritten: HashSet::new(), changes: 0, is_closed: false };
        let shared = Arc::new(Shared {
            store,
            lease,
            kept,
            max_rows,
            state: Mutex::new(state),
            changed: Notify::new(),
            written: watch::Sender::new(0),
        });
        tokio::spawn(keep(Arc::downgrade(&shared)));
        Self { shared }
    }

    pub(super) fn server(&self) -> String {
        self.shared.state.lock().server.clone()
    }

    /// Notes that a connection came or went.
    pub(super) fn note(&self, row: ConnectionRow) {
        let mut state = self.shared.state.lock();
        if state.is_closed {
            return;
        }
        if state.rows.len() >= self.shared.max_rows && !state.rows.contains_key(&row.connection) {
            state.start_anew();
        }
        state.changes += 1;
        state.unwritten.insert(row.connection.clone());
        state.rows.insert(row.connection.clone(), row);
        drop(state);
        self.shared.changed.notify_one();
    }

    pub(super) async fn written(&self) {
        let changes = self.shared.state.lock().changes;
        let _ = self.shared.written.subscribe().wait_for(|written| *written >= changes).await;
    }

    pub(super) async fn close(&self) {
        let server = {
            let mut state = self.shared.state.lock();
            state.is_closed = true;
            state.rows.clear();
            state.unwritten.clear();
            state.server.clone()
        };
        self.shared.changed.notify_one();
        if let Err(error) = within(self.shared.store.bury(&server, None)).await {
            tracing::warn!(?error, "the end of a server is not written; its lease will end");
        }
    }
}

impl State {
    /// The store is away, and more has ended meanwhile than is kept: the server takes another id. What it wrote before is
    /// right when the lease of the old one is over, and who is here is written under the new one.
    fn start_anew(&mut self) {
        tracing::error!("more connections have ended than can wait to be written; the server begins its rows anew");
        self.rows.retain(|_, row| row.connected);
        self.take_new_id();
    }

    fn take_new_id(&mut self) {
        self.server = new_id();
        self.write_all();
    }

    fn write_all(&mut self) {
        self.unwritten = self.rows.keys().cloned().collect();
    }
}

/// What this server has seen of another: its beat, and since when.
type Seen = HashMap<String, (i64, Instant)>;

/// Ends within a beat of the last handle.
async fn keep(shared: Weak<Shared>) {
    let mut seen = Seen::new();
    let mut beat_at = Instant::now();
    let mut forget_at = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let Some(shared) = shared.upgrade() else { return };
        if shared.state.lock().is_closed {
            return;
        }
        let every = shared.lease / 4;
        let outcome = async {
            if Instant::now() >= beat_at {
                shared.beat(&mut seen).await?;
                beat_at = Instant::now() + every;
            }
            if Instant::now() >= forget_at {
                within(shared.store.forget(shared.kept)).await?;
                forget_at = Instant::now() + shared.kept / 16;
            }
            shared.write().await
        };
        let outcome = outcome.await;
        if outcome.is_ok() {
            pause = FIRST_PAUSE;
        }
        let next = match outcome {
            Ok(()) => beat_at,
            Err(error) => {
                tracing::warn!(?error, "the connection table cannot be written; it is tried again");
                pause = (pause * 2).min(every);
                Instant::now() + pause
            }
        };
        let failed = next != beat_at;
        let changed = shared.changed.notified();
        tokio::select! {
            // After a failure the pause is kept, whatever comes.
            () = changed, if !failed => {}
            () = tokio::time::sleep_until(next) => {}
        }
    }
}

impl Shared {
    /// Says that this server lives, and buries those that have not for a lease.
    async fn beat(&self, seen: &mut Seen) -> Result<(), StoreError> {
        let server = self.state.lock().server.clone();
        if !within(self.store.beat(&server)).await? {
            // It is new, or others took it for dead and its rows for ended.
            let mut state = self.state.lock();
            if state.server == server {
                state.write_all();
            }
        }
        let now = Instant::now();
        let beats = within(self.store.beats()).await?;
        let known: HashSet<&String> = beats.iter().map(|(server, _)| server).collect();
        seen.retain(|server, _| known.contains(server));
        for (other, beat) in &beats {
            match seen.get(other) {
                Some((held, since)) if held == beat => {
                    if *other != server
                        && now.duration_since(*since) >= self.lease
                        && within(self.store.bury(other, Some(*beat))).await?
                    {
                        tracing::warn!(server = other, "a server is dead; its connections are taken for ended");
                        metrics::counter!("hub_dead_servers_total").increment(1);
                    }
                }
                _ => {
                    seen.insert(other.clone(), (*beat, now));
                }
            }
        }
        Ok(())
    }

    /// Writes what is to be written, and forgets what has ended.
    async fn write(&self) -> Result<(), StoreError> {
        loop {
            let (rows, changes) = {
                let state = self.state.lock();
                let due = state.unwritten.iter().take(AT_ONCE).filter_map(|id| state.rows.get(id));
                let rows: Vec<ConnectionRow> =
                    due.map(|row| ConnectionRow { server: state.server.clone(), ..row.clone() }).collect();
                (rows, state.changes)
            };
            if rows.is_empty() {
                self.written.send_replace(changes);
                return Ok(());
            }
            within(self.store.write(&rows)).await?;
            let mut state = self.state.lock();
            for written in rows {
                if written.server != state.server {
                    continue;
                }
                let id = &written.connection;
                let is_as_written = state
                    .rows
                    .get(id)
                    .is_some_and(|row| ConnectionRow { server: written.server.clone(), ..row.clone() } == written);
                if is_as_written {
                    state.unwritten.remove(id);
                    if !written.connected {
                        state.rows.remove(id);
                    }
                }
            }
        }
    }
}

async fn within<T>(step: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::time::timeout(PATIENCE, step).await.unwrap_or(Err(StoreError::TimedOut(PATIENCE)))
}

/// 128 random bits.
fn new_id() -> String {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
