//! Looking users up: each once at a time, many in one go while the store is busy, and kept for a moment.

use std::{
    collections::{HashMap, VecDeque},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

use futures_util::FutureExt as _;
use hub_core::{GroupName, UserId};
use parking_lot::Mutex;
use tokio::{sync::watch, time::Instant};

use super::writes::Writes;
use crate::{MembershipStore, StoreError, StoreFuture};

#[derive(Debug, Clone)]
pub(super) struct Limits {
    pub time: Duration,
    pub cache: Duration,
    pub cached_users: usize,
    pub batch: usize,
    pub parallel: usize,
}

/// The groups of a user, and the place among the writes as of which they are known.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub groups: Arc<[GroupName]>,
    pub as_of: u64,
}

type Answer = Result<Loaded, StoreError>;

/// Looks users up in a store. A clone is the same one.
#[derive(Debug, Clone)]
pub(super) struct Loader(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    store: Arc<dyn MembershipStore>,
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Who is being looked up, or waits for it.
    flights: HashMap<UserId, watch::Sender<Option<Answer>>>,
    queue: VecDeque<UserId>,
    running: usize,
    cached: HashMap<UserId, (Loaded, Instant)>,
    /// When each user was cached; one that was forgotten meanwhile may still stand here.
    cached_order: VecDeque<(UserId, Instant)>,
    writes: Writes,
}

impl Loader {
    pub(super) fn new(store: Arc<dyn MembershipStore>, limits: Limits) -> Self {
        Self(Arc::new(Shared { store, limits, state: Mutex::default() }))
    }

    pub(super) fn store(&self) -> &Arc<dyn MembershipStore> {
        &self.0.store
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The groups of a user as the store has them now, or had them as long ago as things may be cached.
    pub(super) async fn load(&self, user: &UserId) -> Answer {
        let mut answer = {
            let mut state = self.0.state.lock();
            if let Some((loaded, at)) = state.cached.get(user)
                && at.elapsed() < self.0.limits.cache
            {
                return Ok(loaded.clone());
            }
            match state.flights.get(user) {
                Some(flight) => flight.subscribe(),
                None => {
                    let (flight, answer) = watch::channel(None);
                    state.flights.insert(user.clone(), flight);
                    state.queue.push_back(user.clone());
                    self.0.begin(&mut state);
                    answer
                }
            }
        };
        let limit = self.0.limits.time;
        let answered = tokio::time::timeout(limit, answer.wait_for(Option::is_some)).await;
        match answered {
            Err(_) => Err(StoreError::TimedOut(limit)),
            Ok(Ok(answer)) => answer.clone().unwrap_or(Err(StoreError::TimedOut(limit))),
            Ok(Err(_)) => Err(StoreError::failed("the look-up was cut off")),
        }
    }

    /// Looks many users up at once, past the queue and the cache.
    pub(super) async fn load_many(&self, users: &[UserId]) -> Result<Vec<Loaded>, StoreError> {
        let as_of = self.0.state.lock().writes.now();
        let found = self.0.ask(users).await?;
        let state = self.0.state.lock();
        let corrected = users.iter().zip(found).map(|(user, mut groups)| {
            state.writes.correct(user, as_of, &mut groups);
            Loaded { groups: groups.into(), as_of: state.writes.now() }
        });
        Ok(corrected.collect())
    }

    /// Notes a write that the store has confirmed.
    pub(super) fn written(&self, user: &UserId, group: &GroupName, adds: bool) {
        let mut state = self.0.state.lock();
        state.cached.remove(user);
        state.writes.note(user, group, adds);
    }

    /// Notes a write of which nobody knows whether it happened.
    pub(super) fn perhaps_written(&self, user: &UserId) {
        self.0.state.lock().cached.remove(user);
    }

    /// What was written of a user since a place.
    pub(super) fn written_since(&self, user: &UserId, place: u64) -> Vec<(GroupName, bool)> {
        self.0.state.lock().writes.since(user, place)
    }
}

impl Shared {
    /// Begins look-ups while there are users who wait and room for more.
    fn begin(self: &Arc<Self>, state: &mut State) {
        while state.running < self.limits.parallel && !state.queue.is_empty() {
            let mut users = Vec::new();
            while users.len() < self.limits.batch
                && let Some(user) = state.queue.pop_front()
            {
                // Whoever asked may have given up.
                if state.flights.get(&user).is_some_and(|flight| flight.receiver_count() > 0) {
                    users.push(user);
                } else {
                    state.flights.remove(&user);
                }
            }
            if users.is_empty() {
                return;
            }
            state.running += 1;
            let (shared, as_of) = (self.clone(), state.writes.now());
            tokio::spawn(async move {
                let found = shared.ask(&users).await;
                shared.land(users, found, as_of);
            });
        }
    }

    fn land(self: &Arc<Self>, users: Vec<UserId>, found: Result<Vec<Vec<GroupName>>, StoreError>, as_of: u64) {
        let mut state = self.state.lock();
        state.running = state.running.saturating_sub(1);
        match found {
            Ok(found) => {
                for (user, mut groups) in users.into_iter().zip(found) {
                    state.writes.correct(&user, as_of, &mut groups);
                    let loaded = Loaded { groups: groups.into(), as_of: state.writes.now() };
                    if let Some(flight) = state.flights.remove(&user) {
                        flight.send_replace(Some(Ok(loaded.clone())));
                    }
                    self.keep(&mut state, user, loaded);
                }
            }
            Err(error) => {
                for user in users {
                    if let Some(flight) = state.flights.remove(&user) {
                        flight.send_replace(Some(Err(error.clone())));
                    }
                }
            }
        }
        self.begin(&mut state);
    }

    fn keep(&self, state: &mut State, user: UserId, loaded: Loaded) {
        if self.limits.cache.is_zero() {
            return;
        }
        let now = Instant::now();
        state.cached.insert(user.clone(), (loaded, now));
        state.cached_order.push_back((user, now));
        while let Some((user, at)) = state.cached_order.front()
            && (now.duration_since(*at) >= self.limits.cache || state.cached_order.len() > self.limits.cached_users)
        {
            if state.cached.get(user).is_some_and(|(_, cached)| cached == at) {
                state.cached.remove(user);
            }
            state.cached_order.pop_front();
        }
    }

    /// One look-up, in time and whatever the store does.
    async fn ask(&self, users: &[UserId]) -> Result<Vec<Vec<GroupName>>, StoreError> {
        metrics::counter!("hub_membership_lookups_total").increment(1);
        let asked: StoreFuture<'_, Vec<Vec<GroupName>>> = match users {
            [user] => Box::pin(async move { Ok(vec![self.store.groups_of(user).await?]) }),
            users => Box::pin(async move { self.store.groups_of_many(users).await }),
        };
        let asked = AssertUnwindSafe(asked).catch_unwind();
        let found = match tokio::time::timeout(self.limits.time, asked).await {
            Ok(Ok(Ok(found))) if found.len() == users.len() => Ok(found),
            Ok(Ok(Ok(_))) => Err(StoreError::failed("the store gave another number of answers than it was asked for")),
            Ok(Ok(Err(error))) => Err(error),
            Ok(Err(_)) => Err(StoreError::failed("the store panicked")),
            Err(_) => Err(StoreError::TimedOut(self.limits.time)),
        };
        if found.is_err() {
            metrics::counter!("hub_membership_failures_total").increment(1);
        }
        found
    }
}
