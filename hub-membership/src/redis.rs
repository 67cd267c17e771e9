//! Redis: a set for each user.

use std::{fmt, time::Duration};

use hub_core::{GroupName, UserId};
use redis::{
    AsyncCommands as _, Client,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use crate::{GroupDirectory, MembershipStore, StoreError, StoreFuture};

/// How long one command, or one attempt to connect, may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Users of one round trip.
const USERS_AT_ONCE: usize = 1_000;

/// Memberships in Redis: the set `hub:user:NAME` has the names of the groups of the user NAME, and `hub:groups` the groups that are
/// known. Redis takes names of any bytes, so they stand there as they are. A clone uses the same connection, which is made anew when it is lost.
#[derive(Clone)]
pub struct RedisStore {
    connection: ConnectionManager,
    prefix: String,
}

impl RedisStore {
    /// Connects to `redis://host:port/database`. TLS (`rediss:`) needs the feature `tls`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be reached.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let client = Client::open(url).map_err(StoreError::failed)?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(PATIENCE))
            .set_connection_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        let connection = ConnectionManager::new_with_config(client, config).await.map_err(StoreError::failed)?;
        Ok(Self { connection, prefix: "hub:".to_owned() })
    }

    /// With other keys: this in the place of `hub:`, so that applications share a database.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    fn user(&self, user: &UserId) -> String {
        format!("{}user:{user}", self.prefix)
    }

    fn groups(&self) -> String {
        format!("{}groups", self.prefix)
    }
}

/// What another program wrote and cannot be a group is left out.
fn names(members: Vec<Vec<u8>>) -> Vec<GroupName> {
    let texts = members.into_iter().filter_map(|member| String::from_utf8(member).ok());
    texts.filter_map(|text| GroupName::new(text).ok()).collect()
}

impl MembershipStore for RedisStore {
    fn groups_of<'a>(&'a self, user: &'a UserId) -> StoreFuture<'a, Vec<GroupName>> {
        Box::pin(async move {
            let members = self.connection.clone().smembers(self.user(user)).await;
            Ok(names(members.map_err(StoreError::failed)?))
        })
    }

    fn add<'a>(&'a self, user: &'a UserId, group: &'a GroupName) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.connection.clone().sadd(self.user(user), group.as_str()).await.map_err(StoreError::failed)
        })
    }

    fn remove<'a>(&'a self, user: &'a UserId, group: &'a GroupName) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.connection.clone().srem(self.user(user), group.as_str()).await.map_err(StoreError::failed)
        })
    }

    fn groups_of_many<'a>(&'a self, users: &'a [UserId]) -> StoreFuture<'a, Vec<Vec<GroupName>>> {
        Box::pin(async move {
            let mut answers = Vec::with_capacity(users.len());
            for users in users.chunks(USERS_AT_ONCE) {
                let mut pipe = redis::pipe();
                for user in users {
                    pipe.smembers(self.user(user));
                }
                let found: Vec<Vec<Vec<u8>>> =
                    pipe.query_async(&mut self.connection.clone()).await.map_err(StoreError::failed)?;
                answers.extend(found.into_iter().map(names));
            }
            Ok(answers)
        })
    }
}

impl GroupDirectory for RedisStore {
    fn create<'a>(&'a self, group: &'a GroupName) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.connection.clone().sadd(self.groups(), group.as_str()).await.map_err(StoreError::failed)
        })
    }

    fn is_known<'a>(&'a self, group: &'a GroupName) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            self.connection.clone().sismember(self.groups(), group.as_str()).await.map_err(StoreError::failed)
        })
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
