//! Connections that wait for a store that failed: it is tried again by itself, and they are in their groups from then on.

use std::{
    collections::{HashMap, HashSet},
    sync::Weak,
    time::Duration,
};

use hub_core::{ConnectionId, GroupName, UserId};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::{Inner, seat::Seated};

/// The first pause before a store that failed is tried again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// How long a connection that is not here may still be on its way: its rejoin is decided on before it is attached.
const ON_ITS_WAY: Duration = Duration::from_secs(15);

#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    connections: HashMap<(String, ConnectionId), Waits>,
    is_running: bool,
}

#[derive(Debug, Clone)]
struct Waits {
    seated: Seated,
    /// What it was let into by its token alone.
    let_in: Vec<GroupName>,
    since: Instant,
}

impl Waiting {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.0.lock().connections.len()
    }

    /// A connection has its answer.
    pub(super) fn forget(&self, seated: &Seated) {
        let mut state = self.0.lock();
        if !state.connections.is_empty() {
            state.connections.remove(&seated.key());
        }
    }
}

impl Inner {
    /// Has a connection wait for the store.
    pub(super) fn wait(self: &std::sync::Arc<Self>, seated: Seated, let_in: Vec<GroupName>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let mut state = self.waiting.0.lock();
        let key = seated.key();
        if !state.connections.contains_key(&key) && state.connections.len() >= self.max_waiting {
            tracing::error!(connection = %key.1, "more connections wait for the membership store than may; one stays without its groups");
            metrics::counter!("hub_membership_given_up_total").increment(1);
            return;
        }
        state.connections.insert(key, Waits { seated, let_in, since: Instant::now() });
        if !std::mem::replace(&mut state.is_running, true) {
            runtime.spawn(try_again(std::sync::Arc::downgrade(self)));
        }
    }

    /// Users whose connections wait, each once; none when nobody does, and then the task ends.
    fn waiting_users(&self) -> Vec<UserId> {
        let mut state = self.waiting.0.lock();
        state.connections.retain(|_, waits| !waits.seated.groups.is_gone() || waits.since.elapsed() < ON_ITS_WAY);
        let users: HashSet<UserId> = state.connections.values().map(|waits| waits.seated.user.clone()).collect();
        state.is_running = !users.is_empty();
        users.into_iter().collect()
    }

    /// Looks users up in one go, and seats their connections.
    async fn seat_waiting(&self, users: &[UserId]) -> Result<(), crate::StoreError> {
        let loaded = self.loader.load_many(users).await?;
        let found: HashMap<&UserId, _> = users.iter().zip(loaded).collect();
        let due: Vec<Waits> = {
            let state = self.waiting.0.lock();
            state.connections.values().filter(|waits| found.contains_key(&waits.seated.user)).cloned().collect()
        };
        for waits in due {
            let Some(loaded) = found.get(&waits.seated.user) else { continue };
            if waits.seated.groups.is_gone() {
                // It may be on its way still; the next round sees it, or forgets it.
                continue;
            }
            let groups = waits.seated.all(self.seat.as_ref(), loaded);
            for unearned in waits.let_in.iter().filter(|group| !groups.contains(group)) {
                waits.seated.change(unearned, false);
            }
            waits.seated.join(&groups);
            self.correct(&waits.seated, loaded.as_of).await;
            let mut state = self.waiting.0.lock();
            let key = waits.seated.key();
            // It may have come back, and begun to wait anew.
            if state.connections.get(&key).is_some_and(|waits_now| waits_now.since == waits.since) {
                state.connections.remove(&key);
            }
        }
        Ok(())
    }
}

/// Tries until nobody waits any more, or nobody has the module any more.
async fn try_again(inner: Weak<Inner>) {
    let mut pause = FIRST_PAUSE;
    loop {
        tokio::time::sleep(pause.mul_f64(jitter())).await;
        let Some(inner) = inner.upgrade() else { return };
        let users = inner.waiting_users();
        if users.is_empty() {
            return;
        }
        let mut is_back = true;
        for users in users.chunks(inner.loader.limits().batch) {
            if let Err(error) = inner.seat_waiting(users).await {
                tracing::debug!(?error, "the membership store is still away");
                is_back = false;
                break;
            }
        }
        // Whoever still waits is on its way.
        pause = if is_back { inner.retry_every } else { pause.saturating_mul(2).min(inner.retry_every) };
    }
}

/// From three quarters to one, so that many servers do not come at once.
fn jitter() -> f64 {
    let mut byte = [0_u8];
    match getrandom::fill(&mut byte) {
        Ok(()) => 0.75 + f64::from(byte[0]) / 1024.0,
        Err(_) => 1.0,
    }
}
