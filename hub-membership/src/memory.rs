//! Memberships in memory.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    future::ready,
};

use hub_core::{GroupName, UserId};
use parking_lot::Mutex;

use crate::{GroupDirectory, MembershipStore, StoreFuture};

/// Keeps memberships in this process, for tests and for trying things out. They end with it, and nothing bounds them.
#[derive(Debug, Default)]
pub struct MemoryStore {
    users: Mutex<HashMap<UserId, BTreeSet<GroupName>>>,
    known: Mutex<HashSet<GroupName>>,
}

impl MemoryStore {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    fn of(&self, user: &UserId) -> Vec<GroupName> {
        self.users.lock().get(user).into_iter().flatten().cloned().collect()
    }
}

impl MembershipStore for MemoryStore {
    fn groups_of<'a>(&'a self, user: &'a UserId) -> StoreFuture<'a, Vec<GroupName>> {
        Box::pin(ready(Ok(self.of(user))))
    }

    fn add<'a>(&'a self, user: &'a UserId, group: &'a GroupName) -> StoreFuture<'a, ()> {
        self.users.lock().entry(user.clone()).or_default().insert(group.clone());
        Box::pin(ready(Ok(())))
    }

    fn remove<'a>(&'a self, user: &'a UserId, group: &'a GroupName) -> StoreFuture<'a, ()> {
        let mut users = self.users.lock();
        if let Some(groups) = users.get_mut(user) {
            groups.remove(group);
            if groups.is_empty() {
                users.remove(user);
            }
        }
        Box::pin(ready(Ok(())))
    }

    fn groups_of_many<'a>(&'a self, users: &'a [UserId]) -> StoreFuture<'a, Vec<Vec<GroupName>>> {
        Box::pin(ready(Ok(users.iter().map(|user| self.of(user)).collect())))
    }
}

impl GroupDirectory for MemoryStore {
    fn create<'a>(&'a self, group: &'a GroupName) -> StoreFuture<'a, ()> {
        self.known.lock().insert(group.clone());
        Box::pin(ready(Ok(())))
    }

    fn is_known<'a>(&'a self, group: &'a GroupName) -> StoreFuture<'a, bool> {
        Box::pin(ready(Ok(self.known.lock().contains(group))))
    }
}
