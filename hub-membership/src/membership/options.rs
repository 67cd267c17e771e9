//! What can be chosen about memberships.

use std::{fmt, sync::Arc, time::Duration};

use hub_core::{GroupName, Request};

use super::{Membership, loader::Limits};
use crate::MembershipStore;

/// What a failed store means for a connection that comes back while rejoins are verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum StoreFailure {
    /// It rejoins nothing. When the store is back, it joins what the store has for its user, and hears from then on.
    #[default]
    Refuse,
    /// It rejoins what its token names. When the store is back, its membership is set right.
    LetIn,
}

pub(super) type Seat = Arc<dyn Fn(&Request, &GroupName) -> Option<GroupName> + Send + Sync>;

/// A [`Membership`] that is being put together. Made by [`Membership::builder`].
#[derive(Clone)]
#[must_use]
pub struct MembershipBuilder {
    pub(super) store: Arc<dyn MembershipStore>,
    pub(super) verifies: bool,
    pub(super) failure: StoreFailure,
    pub(super) limits: Limits,
    pub(super) retry_every: Duration,
    pub(super) max_waiting: usize,
    pub(super) seat: Option<Seat>,
}

/// Longer than this a change by another program should not stay unseen, and writes of this server are remembered for longer.
const LONGEST_CACHE: Duration = Duration::from_secs(30);

impl MembershipBuilder {
    pub(super) fn new(store: Arc<dyn MembershipStore>) -> Self {
        Self {
            store,
            verifies: false,
            failure: StoreFailure::default(),
            limits: Limits {
                time: Duration::from_secs(2),
                cache: Duration::from_secs(2),
                cached_users: 10_000,
                batch: 256,
                parallel: 4,
            },
            retry_every: Duration::from_secs(1),
            max_waiting: 100_000,
            seat: None,
        }
    }

    /// Whether a connection that comes back rejoins what the store has for its user, and not what its signed token names. Default
    /// no: the token is enough, and asks no store. With yes, a group that was only joined and never stored is not rejoined.
    pub fn verify_rejoin(mut self, verifies: bool) -> Self {
        self.verifies = verifies;
        self
    }

    /// What a failed store means while rejoins are verified. Default [`StoreFailure::Refuse`].
    ///
    /// A connection that is new has nothing to be let in with: while the store fails, it begins with no groups. In all cases the
    /// store is tried again by itself until it is back, and the groups are joined then, unless the connection has ended.
    pub fn when_the_store_fails(mut self, failure: StoreFailure) -> Self {
        self.failure = failure;
        self
    }

    /// How long a look-up or a write may take, waiting for its turn included. To be less than
    /// [`Options::rejoin_timeout`](hub_core::Options::rejoin_timeout). Default 2 s.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limits.time = limit;
        self
    }

    /// How long what was looked up is good for further connections of the same user, 30 s at the most; zero for not at all, though
    /// look-ups at the same time are one. Writes through this module are seen at once; what another program writes, after this time. Default 2 s.
    pub fn cache(mut self, life: Duration) -> Self {
        self.limits.cache = life.min(LONGEST_CACHE);
        self
    }

    /// How many users are looked up in one go while others are being looked up. Default 256.
    pub fn batch(mut self, users: usize) -> Self {
        self.limits.batch = users.max(1);
        self
    }

    /// How many look-ups run at the same time; users that come meanwhile wait and go together. Default 4.
    pub fn parallel(mut self, lookups: usize) -> Self {
        self.limits.parallel = lookups.max(1);
        self
    }

    /// How often, at the least, a store that failed is tried again; the first tries come sooner. Default 1 s.
    pub fn retry_every(mut self, every: Duration) -> Self {
        self.retry_every = every;
        self
    }

    /// How many connections may wait for a store that failed; further ones stay without groups until they connect again, which is
    /// logged and counted. Default 100,000.
    pub fn max_waiting(mut self, connections: usize) -> Self {
        self.max_waiting = connections;
        self
    }

    /// Has a connection join something else than the group that is stored: what `seat` makes of it for the connection's request, or
    /// nothing. It should answer the same for all requests of a connection. Default is the group itself.
    pub fn seated_by(
        mut self,
        seat: impl Fn(&Request, &GroupName) -> Option<GroupName> + Send + Sync + 'static,
    ) -> Self {
        self.seat = Some(Arc::new(seat));
        self
    }

    /// Makes the module.
    pub fn build(self) -> Membership {
        Membership::of(self)
    }
}

impl fmt::Debug for MembershipBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MembershipBuilder")
            .field("store", &self.store)
            .field("verify_rejoin", &self.verifies)
            .field("when_the_store_fails", &self.failure)
            .finish_non_exhaustive()
    }
}
