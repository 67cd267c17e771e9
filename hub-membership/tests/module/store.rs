//! A store in memory that fails, hangs and counts as it is told.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hub_core::{GroupName, UserId};
use hub_membership::{MembershipStore, MemoryStore, StoreError, StoreFuture};
use tokio::sync::watch;

/// What it does when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Works,
    Fails,
    Hangs,
    Panics,
}

/// A clone is the same one.
#[derive(Debug, Clone)]
pub(crate) struct Tried(Arc<Inside>);

#[derive(Debug)]
struct Inside {
    store: MemoryStore,
    mode: watch::Sender<Mode>,
    takes: Duration,
    lookups: AtomicUsize,
    users: AtomicUsize,
}

impl Tried {
    pub(crate) fn new() -> Self {
        Self::taking(Duration::from_millis(5))
    }

    /// One whose answers take so long.
    pub(crate) fn taking(takes: Duration) -> Self {
        let inside = Inside {
            store: MemoryStore::new(),
            mode: watch::Sender::new(Mode::Works),
            takes,
            lookups: AtomicUsize::new(0),
            users: AtomicUsize::new(0),
        };
        Self(Arc::new(inside))
    }

    pub(crate) fn now(&self, mode: Mode) {
        self.0.mode.send_replace(mode);
    }

    /// Look-ups and the users in them, since this was last asked.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.0.lookups.swap(0, Ordering::SeqCst), self.0.users.swap(0, Ordering::SeqCst))
    }

    /// Writes as another program would.
    pub(crate) async fn put(&self, user: &str, groups: &[&str]) {
        let user = UserId::new(user).unwrap();
        for held in self.0.store.groups_of(&user).await.unwrap() {
            self.0.store.remove(&user, &held).await.unwrap();
        }
        for group in groups {
            self.0.store.add(&user, &GroupName::new(group).unwrap()).await.unwrap();
        }
    }

    pub(crate) async fn of(&self, user: &str) -> Vec<String> {
        let groups = self.0.store.groups_of(&UserId::new(user).unwrap()).await.unwrap();
        groups.iter().map(|group| group.as_str().to_owned()).collect()
    }

    async fn answer(&self) -> Result<(), StoreError> {
        tokio::time::sleep(self.0.takes).await;
        let mode = *self.0.mode.borrow();
        match mode {
            Mode::Works => Ok(()),
            Mode::Fails => Err(StoreError::failed("out of order")),
            Mode::Hangs => {
                let mut mode = self.0.mode.subscribe();
                let _ = mode.wait_for(|mode| *mode != Mode::Hangs).await;
                Ok(())
            }
            Mode::Panics => panic!("on purpose"),
        }
    }
}

impl MembershipStore for Tried {
    fn groups_of<'a>(&'a self, user: &'a UserId) -> StoreFuture<'a, Vec<GroupName>> {
        Box::pin(async move {
            self.0.lookups.fetch_add(1, Ordering::SeqCst);
            self.0.users.fetch_add(1, Ordering::SeqCst);
            // As a database does it: what is told is what was there when it was asked.
            let groups = self.0.store.groups_of(user).await;
            self.answer().await?;
            groups
        })
    }

    fn add<'a>(&'a self, user: &'a UserId, group: &'a GroupName) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.answer().await?;
            self.0.store.add(user, group).await
        })
    }

    fn remove<'a>(&'a self, user: &'a UserId, group: &'a GroupName) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.answer().await?;
            self.0.store.remove(user, group).await
        })
    }

    fn groups_of_many<'a>(&'a self, users: &'a [UserId]) -> StoreFuture<'a, Vec<Vec<GroupName>>> {
        Box::pin(async move {
            self.0.lookups.fetch_add(1, Ordering::SeqCst);
            self.0.users.fetch_add(users.len(), Ordering::SeqCst);
            let groups = self.0.store.groups_of_many(users).await;
            self.answer().await?;
            groups
        })
    }
}
