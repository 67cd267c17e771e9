//! The pipeline module: what a user's membership does to connections, and what is written of it.
//!
//! | file | subject |
//! |---|---|
//! | `options` | what can be chosen |
//! | `loader` | look-ups: one at a time for each user, together while the store is busy, kept for a moment |
//! | `writes` | what was written of late, by which look-ups are set right |
//! | `seat` | a connection and the groups it is to be in |
//! | `waiting` | connections that wait for a store that failed |

mod loader;
mod options;
mod seat;
mod waiting;
mod writes;

use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use hub_core::{
    GroupName, HubError, HubModule, HubResult, UserId, hub_module,
    pipeline::{ChangeMembershipNext, ConnectionEvent, EventNext, MembershipChange, Rejoining, RejoiningNext},
};

pub use self::options::{MembershipBuilder, StoreFailure};
use self::{loader::Loader, seat::Seated, waiting::Waiting};
use crate::{MembershipStore, StoreError};

/// How many users' changes can be under way at the same time.
const STRIPES: usize = 256;

/// A pipeline module that keeps the groups of users in a store.
///
/// * On connect, the groups of the connection's user are looked up and joined, before the hub's own connected event.
/// * [`Groups::add_user`](hub_core::Groups::add_user) and `remove_user` are written to the store first; if that fails, the call fails, and nobody has joined or left.
/// * On a rejoin the signed token decides, unless [`verify_rejoin`](MembershipBuilder::verify_rejoin) says that the store does.
/// * While the store fails, nobody is in a group without its word (see [`StoreFailure`]); it is tried again by itself, and whoever waits is in its groups then, from then on.
///
/// A user is looked up once at a time, however many of its connections come; while the store is busy, users wait and go in one
/// look-up; what was found is good for a moment more ([`cache`](MembershipBuilder::cache)). All of it is bounded. A clone is the same module. Added to a server with several hubs,
/// it has users in the groups of each hub that they listen to; with `#[hub(modules(..))]` it is one hub's.
///
/// ```
/// use hub_core::{Groups, HubResult, HubServer, hub};
/// use hub_membership::{Membership, MemoryStore};
///
/// #[hub(authorize)]
/// struct Chat;
///
/// #[hub]
/// impl Chat {
///     #[hub_method]
///     async fn invite(&self, groups: &Groups<Self>, user: String, room: String) -> HubResult {
///         groups.add_user(user, room).await
///     }
/// }
///
/// let hubs = HubServer::builder().module(Membership::new(MemoryStore::new())).hub(Chat).build()?;
/// # let _ = hubs;
/// # Ok::<(), hub_core::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Membership(Arc<Inner>);

struct Inner {
    loader: Loader,
    verifies: bool,
    failure: StoreFailure,
    retry_every: std::time::Duration,
    max_waiting: usize,
    seat: Option<options::Seat>,
    waiting: Waiting,
    /// Held from a write to its effect, so that both happen in one order. Users share them by chance.
    order: Box<[tokio::sync::Mutex<()>]>,
    hasher: RandomState,
}

impl Membership {
    /// The module over a store, with the defaults of [`MembershipBuilder`].
    pub fn new(store: impl MembershipStore) -> Self {
        Self::builder(store).build()
    }

    /// Begins one.
    pub fn builder(store: impl MembershipStore) -> MembershipBuilder {
        MembershipBuilder::new(Arc::new(store))
    }

    /// The same over a store that others have, too.
    pub fn builder_shared(store: Arc<dyn MembershipStore>) -> MembershipBuilder {
        MembershipBuilder::new(store)
    }

    fn of(builder: MembershipBuilder) -> Self {
        Self(Arc::new(Inner {
            loader: Loader::new(builder.store, builder.limits),
            verifies: builder.verifies,
            failure: builder.failure,
            retry_every: builder.retry_every,
            max_waiting: builder.max_waiting,
            seat: builder.seat,
            waiting: Waiting::default(),
            order: (0..STRIPES).map(|_| tokio::sync::Mutex::new(())).collect(),
            hasher: RandomState::new(),
        }))
    }

    /// The groups of a user, through the same cache as everything else.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store fails, or gives no answer in time.
    pub async fn groups_of(&self, user: &UserId) -> Result<Vec<GroupName>, StoreError> {
        Ok(self.0.loader.load(user).await?.groups.to_vec())
    }

    /// Writes that a user is in a group, and changes no connection that is here: those that come later are in it.
    /// [`Groups::add_user`](hub_core::Groups::add_user) does both.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it was not written, or perhaps was not.
    pub async fn add(&self, user: &UserId, group: &GroupName) -> Result<(), StoreError> {
        self.0.write(user, group, true).await.map(drop)
    }

    /// Writes that a user is not in a group, and changes no connection that is here.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it was not written, or perhaps was not.
    pub async fn remove(&self, user: &UserId, group: &GroupName) -> Result<(), StoreError> {
        self.0.write(user, group, false).await.map(drop)
    }

    /// How many connections wait for a store that failed.
    pub fn waiting(&self) -> usize {
        self.0.waiting.len()
    }
}

impl Inner {
    /// Writes to the store. What it gives keeps the next write of the user waiting until it is dropped.
    async fn write(
        &self,
        user: &UserId,
        group: &GroupName,
        adds: bool,
    ) -> Result<tokio::sync::MutexGuard<'_, ()>, StoreError> {
        let limit = self.loader.limits().time;
        // Also if this is dropped half-way: what was cached may be wrong from the moment that the store is told.
        let doubt = Doubt { loader: &self.loader, user };
        let written = async {
            let turn = self.order(user).lock().await;
            let store = self.loader.store();
            if adds {
                store.add(user, group).await?
            } else {
                store.remove(user, group).await?
            }
            Ok(turn)
        };
        let turn = tokio::time::timeout(limit, written).await.unwrap_or(Err(StoreError::TimedOut(limit)))?;
        drop(doubt);
        self.loader.written(user, group, adds);
        Ok(turn)
    }

    fn order(&self, user: &UserId) -> &tokio::sync::Mutex<()> {
        let at = usize::try_from(self.hasher.hash_one(user) % STRIPES as u64).unwrap_or_default();
        &self.order[at]
    }

    /// Sets a connection right that joined what was known as of a place among the writes.
    async fn correct(&self, seated: &Seated, as_of: u64) {
        if self.loader.written_since(&seated.user, as_of).is_empty() {
            // A later one takes effect after this, on this connection too.
            return;
        }
        let _turn = self.order(&seated.user).lock().await;
        for (group, adds) in self.loader.written_since(&seated.user, as_of) {
            if let Some(group) = seated.group(self.seat.as_ref(), &group) {
                seated.change(&group, adds);
            }
        }
    }

    async fn seat_new(self: &Arc<Self>, seated: Seated) {
        match self.loader.load(&seated.user).await {
            Ok(loaded) => {
                seated.join(&seated.all(self.seat.as_ref(), &loaded));
                self.correct(&seated, loaded.as_of).await;
            }
            Err(error) => {
                tracing::error!(connection = %seated.groups.connection(), ?error, "the membership store failed; a connection begins with no groups, and joins them when it is back");
                self.wait(seated, Vec::new());
            }
        }
    }
}

#[hub_module]
impl HubModule for Membership {
    async fn connect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        if let Some(seated) = seated(event.user().map(hub_core::User::id), event.groups(), event.request) {
            self.0.seat_new(seated).await;
        }
        next.run(event).await
    }

    async fn reconnect(&self, event: ConnectionEvent<'_>, next: EventNext<'_>) -> HubResult {
        if self.0.verifies
            && let Some(seated) = seated(event.user().map(hub_core::User::id), event.groups(), event.request)
        {
            // What was written since the rejoin was decided on found no connection to change.
            self.0.correct(&seated, 0).await;
        }
        next.run(event).await
    }

    async fn rejoining_groups(
        &self,
        mut rejoining: Rejoining<'_>,
        next: RejoiningNext<'_>,
    ) -> HubResult<Vec<GroupName>> {
        if !self.0.verifies {
            return next.run(rejoining).await;
        }
        let user = rejoining.user().map(|user| user.id().clone());
        let Some(seated) = seated(user.as_ref(), rejoining.connection_groups(), rejoining.request) else {
            // Nobody is in no group.
            rejoining.groups.clear();
            return next.run(rejoining).await;
        };
        let let_in = match self.0.failure {
            StoreFailure::Refuse => Vec::new(),
            StoreFailure::LetIn => rejoining.groups.clone(),
        };
        // Also if the stage is given up on before the store has answered.
        let mut unanswered = Unanswered { inner: &self.0, waits: Some((seated.clone(), let_in)) };
        match self.0.loader.load(&seated.user).await {
            Ok(loaded) => {
                unanswered.waits = None;
                self.0.waiting.forget(&seated);
                rejoining.groups = seated.all(self.0.seat.as_ref(), &loaded);
                next.run(rejoining).await
            }
            Err(error) => {
                drop(unanswered);
                match self.0.failure {
                    StoreFailure::Refuse => Err(error.into()),
                    StoreFailure::LetIn => {
                        tracing::error!(connection = %rejoining.connection, ?error, "the membership store failed; a connection rejoins what its token names");
                        next.run(rejoining).await
                    }
                }
            }
        }
    }

    async fn change_membership(&self, change: MembershipChange<'_>, next: ChangeMembershipNext<'_>) -> HubResult {
        let turn = self.0.write(change.user, change.group, change.adds).await.map_err(HubError::from)?;
        let done = match self.0.seat.clone() {
            Some(seat) => next.run(change.seated_by(move |request, group| seat(request, group))).await,
            None => next.run(change).await,
        };
        drop(turn);
        done
    }
}

fn seated(
    user: Option<&UserId>,
    groups: &hub_core::pipeline::ConnectionGroups,
    request: &hub_core::Request,
) -> Option<Seated> {
    Some(Seated { user: user?.clone(), groups: groups.clone(), request: request.clone() })
}

/// A rejoin without an answer: its connection waits for the store.
struct Unanswered<'a> {
    inner: &'a Arc<Inner>,
    waits: Option<(Seated, Vec<GroupName>)>,
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some((seated, let_in)) = self.waits.take() {
            self.inner.wait(seated, let_in);
        }
    }
}

/// A write that may have happened: what was cached of the user is not believed any more.
struct Doubt<'a> {
    loader: &'a Loader,
    user: &'a UserId,
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        self.loader.perhaps_written(self.user);
    }
}

impl fmt::Debug for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Membership")
            .field("store", self.0.loader.store())
            .field("verify_rejoin", &self.0.verifies)
            .field("when_the_store_fails", &self.0.failure)
            .finish_non_exhaustive()
    }
}
